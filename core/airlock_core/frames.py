"""Frames on a terminal, each drawn over the last, above which lines can be kept.

Not rich's Live, which leaves lines behind when a terminal is made narrower.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text


class Frames:
    """The lines at a terminal's end that move.

    Args:
        console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._frame: list[int] = []

    def begin(self) -> None:
        """Hide the cursor, which would flicker."""
        self._console.show_cursor(show=False)

    def end(self) -> None:
        """Take the last frame away, and show the cursor again."""
        self.erase()
        self._console.show_cursor()

    def draw(self, lines: Sequence[Text]) -> None:
        """Draw a frame over the last, in one write, so that nothing flickers; its lines must fit the terminal."""
        with self._console:
            self.erase()
            self._console.print(Text("\n").join(lines), end="", soft_wrap=True)
        self._frame = [line.cell_len for line in lines]

    def keep(self, line: str | Text) -> None:
        """Print a line that stays, where the last frame was."""
        self.erase()
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def erase(self) -> None:
        """Take the last frame away, also where a terminal that is narrower now has broken its lines."""
        if self._frame:
            width = max(1, self._console.width)
            rows = sum(max(1, -(-length // width)) for length in self._frame)
            above = [(ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2)] * (rows - 1)
            self._console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2), *above))
            self._frame = []


class Moving:
    """Has frames drawn again and again while the block runs.

    Args:
        frames: where they are drawn; they end with the block.
        draw: draws one frame.
        lock: held by whoever draws.
        seconds: between two frames.
    """

    def __init__(self, frames: Frames, draw: Callable[[], None], lock: threading.Lock, seconds: float) -> None:
        self._frames, self._draw, self._lock, self._seconds = frames, draw, lock, seconds
        self._over = threading.Event()
        self._drawing = threading.Thread(target=self._draw_again_and_again, name="display", daemon=True)

    def __enter__(self) -> None:
        self._frames.begin()
        self._drawing.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._drawing.join()
        with self._lock:
            self._frames.end()

    def _draw_again_and_again(self) -> None:
        while not self._over.wait(self._seconds):
            self._draw()
