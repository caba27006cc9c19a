"""The use cases on asyncio: runs jobs, polls, account, library. No widgets, no Qt."""
