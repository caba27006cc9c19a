"""The one stylesheet, built from the tokens.

What a widget looks like is chosen by dynamic properties: ``kind`` of a button, ``role`` of a
label, ``surface`` and ``finding`` of a frame. ``ring`` is set by the theme on the widget that got
the focus through the keyboard.
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from kling_desktop.ui.resources import resource_path
from kling_desktop.ui.tokens import FONT_PX, RADIUS, SMALL_PX, TITLE_PX, Tokens

_BASE = """
QWidget { color: $text; font-size: ${font_px}px; }
QMainWindow, QDialog { background: $background; }
QDialog[sheet="true"] { background: transparent; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 8px; }
QPushButton, QCheckBox, QRadioButton, QComboBox, QSlider { outline: none; }
QLabel { background: transparent; }
QLabel:disabled { color: $muted; }
QLabel[role="title"] { font-size: ${title_px}px; font-weight: 600; }
QLabel[role="subtitle"] { font-size: 17px; font-weight: 600; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small_px}px; }
QLabel[role="good"] { color: $good; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="bad"] { color: $bad; }
QLabel[tone="warning"] { color: $warning; }
QLabel[role="mono"] { font-family: monospace; }
QFrame[surface="panel"] { background: $panel; border: none; }
QFrame[surface="background"] { background: $background; border: none; }
QFrame[surface="raised"], QFrame[surface="card"] {
  background: $raised; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[surface="sheet"] { background: $panel; border: 1px solid $line; border-radius: 12px; }
QFrame[surface="stage"] { background: $stage; border: none; }
QFrame[surface="stage"] QLabel { color: $on_stage; }
QFrame[surface="stage"] QLabel[role="muted"], QFrame[surface="stage"] QLabel[role="small"] {
  color: $stage_muted; }
QFrame[surface="overlay"] { background: $raised; border: 1px solid $line; border-radius: 10px; }
QFrame[finding] { background: $raised; border: none; border-left: 3px solid $muted;
  border-top-right-radius: 6px; border-bottom-right-radius: 6px;
  border-top-left-radius: 2px; border-bottom-left-radius: 2px; }
QFrame[finding="error"] { border-left-color: $bad; }
QFrame[finding="warning"] { border-left-color: $warning; }
QFrame[finding="note"] { border-left-color: $muted; }
QFrame[rule="true"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QSplitter { background: transparent; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $muted; }
QStackedWidget, QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[scroll="true"] { background: transparent; }
"""

# A ring is a border of 2 px; the padding gives up the pixel, so nothing moves.
_BUTTONS = """
QPushButton { background: $raised; color: $text; border: 1px solid $line;
  border-radius: ${radius}px; padding: 6px 12px; min-height: 16px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $line; }
QPushButton:disabled { color: $muted; }
QPushButton[ring="true"] { border: 2px solid $accent; padding: 5px 11px; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; font-weight: 600;
  border: 1px solid $accent; padding: 8px 18px; min-height: 18px; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:pressed { background: $accent; }
QPushButton[kind="primary"]:disabled { background: $raised; color: $muted;
  border: 1px solid $line; }
QPushButton[kind="primary"][ring="true"] { border: 2px solid $text; padding: 7px 17px; }
QPushButton[kind="quiet"] { background: transparent; border: 1px solid transparent;
  padding: 6px 8px; }
QPushButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:pressed { background: $line; }
QPushButton[kind="quiet"][ring="true"] { border: 2px solid $accent; padding: 5px 7px; }
QPushButton[kind="chip"] { border-radius: 12px; padding: 3px 11px; min-height: 16px;
  max-height: 17px; color: $muted; }
QPushButton[kind="chip"]:hover { color: $text; }
QPushButton[kind="chip"]:checked { color: $text; border-color: $muted; background: $hover; }
QPushButton[kind="chip"][ring="true"] { border: 2px solid $accent; padding: 2px 10px; }
QPushButton[kind="pill"] { border-radius: 12px; padding: 3px 11px; min-height: 16px;
  max-height: 17px; }
QPushButton[kind="pill"][ring="true"] { border: 2px solid $accent; padding: 2px 10px; }
QPushButton[kind="figure"] { background: transparent; border: 1px solid transparent;
  border-radius: 6px; padding: 3px 7px; min-height: 16px; font-weight: 600; }
QPushButton[kind="figure"]:hover { background: $hover; }
QPushButton[kind="figure"]:pressed { background: $line; }
QPushButton[kind="figure"][tone="warning"] { color: $warning; }
QPushButton[kind="figure"][ring="true"] { border: 2px solid $accent; padding: 2px 6px; }
QPushButton[kind="icon"] { background: transparent; border: 1px solid transparent;
  border-radius: 6px; padding: 5px; min-height: 16px; min-width: 16px; }
QPushButton[kind="icon"]:hover { background: $hover; }
QPushButton[kind="icon"]:pressed, QPushButton[kind="icon"]:checked { background: $line; }
QPushButton[kind="icon"][ring="true"] { border: 2px solid $accent; padding: 4px; }
QPushButton[kind="icon"][tight="true"] { padding: 0 2px; min-height: 22px;
  min-width: 18px; }
QPushButton[kind="icon"]::menu-indicator { image: none; width: 0; }
QPushButton[kind="link"] { background: transparent; border: 1px solid transparent;
  color: $accent_text; padding: 2px 2px; min-height: 18px; border-radius: 4px; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"][ring="true"] { border: 2px solid $accent; padding: 1px 1px; }
QPushButton[kind="inline"] { background: transparent; border: 1px solid transparent;
  color: $muted; padding: 2px 6px; min-height: 18px; border-radius: 4px; }
QPushButton[kind="inline"]:hover { color: $text; }
QPushButton[kind="inline"][ring="true"] { border: 2px solid $accent; padding: 1px 5px; }
QPushButton[footer="true"] { padding: 8px 16px; min-height: 18px; }
QPushButton[footer="true"][ring="true"] { padding: 7px 15px; }
QPushButton[kind="choice"] { text-align: left; padding: 9px 12px; }
QPushButton[kind="choice"][ring="true"] { padding: 8px 11px; }
QPushButton[big="true"] { font-size: 15px; padding: 12px 18px; }
QPushButton[big="true"][ring="true"] { padding: 11px 17px; }
QFrame[surface="stage"] QPushButton[kind="plain"],
QFrame[surface="stage"] QPushButton[kind="quiet"],
QFrame[surface="stage"] QPushButton[kind="icon"] { background: transparent; color: $on_stage; }
QFrame[surface="stage"] QPushButton:disabled { color: $stage_muted; }
QFrame[surface="stage"] QPushButton[kind="plain"] { border-color: $stage_line; }
QFrame[surface="stage"] QPushButton[kind="plain"]:hover,
QFrame[surface="stage"] QPushButton[kind="quiet"]:hover,
QFrame[surface="stage"] QPushButton[kind="icon"]:hover { background: $stage_hover; }
QFrame[surface="stage"] QPushButton[kind="plain"][ring="true"] { border-color: $accent; }
"""

_FIELDS = """
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
  background: $raised; color: $text; border: 1px solid $edge; border-radius: ${radius}px;
  selection-background-color: $accent; selection-color: $on_accent;
  placeholder-text-color: $muted; }
QLineEdit { padding: 7px 11px; min-height: 17px; }
QLineEdit:focus { border: 2px solid $accent; padding: 6px 10px; }
QLineEdit { lineedit-password-character: 8226; }
QLineEdit[big="true"] { padding: 9px 12px; }
QLineEdit[big="true"]:focus { padding: 8px 11px; }
QLineEdit[search="true"] { padding-left: 3px; }
QLineEdit[search="true"]:focus { padding-left: 2px; }
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus { background: transparent;
  border: none; padding: 0 0 0 4px; min-height: 0; }
QPlainTextEdit, QTextEdit { padding: 6px 6px; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; padding: 5px; }
QSpinBox, QDoubleSpinBox { padding: 5px 8px; min-height: 18px; }
QSpinBox:focus, QDoubleSpinBox:focus { border: 2px solid $accent; padding: 4px 7px; }
QSpinBox::up-button, QDoubleSpinBox::up-button { subcontrol-position: top right; width: 20px;
  border: none; background: transparent; margin: 2px 2px 0 0; }
QSpinBox::down-button, QDoubleSpinBox::down-button { subcontrol-position: bottom right;
  width: 20px; border: none; background: transparent; margin: 0 2px 2px 0; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("$chevron_up"); width: 10px;
  height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url("$chevron"); width: 10px;
  height: 10px; }
QComboBox { padding: 6px 11px; min-height: 18px; }
QComboBox:focus { border: 2px solid $accent; padding: 5px 10px; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url("$chevron"); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line; outline: none;
  selection-background-color: $hover; selection-color: $text; padding: 4px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QSpinBox:disabled,
QDoubleSpinBox:disabled, QAbstractSpinBox QLineEdit:disabled { color: $muted; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; border: 2px solid transparent;
  border-radius: 5px; padding: 1px 2px 1px 0; min-height: 18px; }
QCheckBox[ring="true"], QRadioButton[ring="true"] { border-color: $accent; }
QCheckBox:disabled, QRadioButton:disabled { color: $muted; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px;
  border: 1px solid $muted; border-radius: 4px; background: $raised; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent;
  image: url("$check"); }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 5px solid $accent;
  background: $on_accent; }
QCheckBox::indicator:disabled { background: $raised; border-color: $line; }
QCheckBox::indicator:checked:disabled { background: $muted; border-color: $muted; }
"""

_LISTS = """
QListView, QTreeView, QTableView { background: transparent; border: 2px solid transparent;
  border-radius: ${radius}px; outline: none; }
QListView[ring="true"] { border-color: $accent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSlider { min-height: 20px; background: transparent; border: 2px solid transparent;
  border-radius: 6px; }
QSlider[ring="true"] { border-color: $accent; }
QSlider::groove:horizontal { height: 6px; border-radius: 3px; background: $line; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 3px; }
QSlider::sub-page:horizontal:disabled { background: $line; }
QSlider::handle:horizontal { background: $text; width: 16px; height: 16px; margin: -5px 0;
  border-radius: 8px; }
QSlider::handle:horizontal:disabled { background: $muted; }
QProgressBar { background: $line; border: none; border-radius: 2px; max-height: 4px;
  min-height: 4px; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QMenu { background: $raised; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 5px; background: transparent; }
QMenu::item:selected { background: $hover; color: $text; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QMenu::right-arrow { image: url("$chevron_right"); width: 14px; height: 14px; right: 6px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QMenuBar { background: $panel; }
QMenuBar::item { padding: 4px 10px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QTabWidget::pane { border: none; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 12px;
  border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent_text; }
"""

_SHEET = Template(_BASE + _BUTTONS + _FIELDS + _LISTS)


def build_stylesheet(tokens: Tokens, is_dark: bool) -> str:
    """The whole stylesheet for one theme."""
    suffix = "dark" if is_dark else "light"
    signs = {
        "check": f"theme/check-{suffix}.svg",
        "chevron": f"theme/chevron-{suffix}.svg",
        "chevron_up": f"theme/chevron-up-{suffix}.svg",
        "chevron_right": f"theme/chevron-right-{suffix}.svg",
    }
    return _SHEET.substitute(
        asdict(tokens),
        **{key: resource_path(name).as_posix() for key, name in signs.items()},
        radius=RADIUS,
        font_px=FONT_PX,
        small_px=SMALL_PX,
        title_px=TITLE_PX,
    )
