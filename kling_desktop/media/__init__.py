"""Files on this computer: what they are, thumbnails, and the conversion into what is sent.

Files come from strangers, so FFmpeg and Pillow open them only in a child process (``worker``).
The parent's side is ``errors``, ``fitted``, ``sniff`` and ``helper``; none imports a decoder.
"""
