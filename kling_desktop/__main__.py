"""python -m kling_desktop"""

from .cli import program

if __name__ == "__main__":
    raise SystemExit(program())
