"""What accounts called themselves: their jobs stay in the list when other tokens are in use."""

from __future__ import annotations

import json

from ..motion.reading import Unreadable, parsed_object
from ..store.journal import JournalError
from .kept_values import KeptValues

KEY = "account.names"  # user_id → name, as JSON


class AccountNames:
    """Kept beside the journal, which may not have them now."""

    def __init__(self, kept: KeptValues) -> None:
        self._kept = kept

    async def of(self, user_id: str) -> str:
        """Empty where it never told one."""
        return (await self._all()).get(user_id, "")

    async def keep(self, user_id: str, name: str) -> None:
        try:
            names = await self._all()
        except JournalError:
            return  # for now; what the account is called is nice to know
        if names.get(user_id) != name:
            self._kept.keep(KEY, json.dumps({**names, user_id: name}))

    async def _all(self) -> dict[str, str]:
        try:
            names = parsed_object(await self._kept.read(KEY))
        except Unreadable:
            return {}
        return {k: v for k, v in names.items() if isinstance(v, str)}
