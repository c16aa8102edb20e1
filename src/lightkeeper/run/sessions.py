"""Sessions: judge a record again where the other records of its session, in the same run of files, tell more of it."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable, Iterator

import msgspec

from lightkeeper.judge.session import Session, session_of
from lightkeeper.judge.verdicts import judge
from lightkeeper.run.judging import Aside, Judged

MOST_WAITING = 1_000
"""Results that are held back, in their order, while one of them waits for the rest of its session."""
MOST_SESSIONS = 2_000
"""Sessions that are kept at once; the one that was silent longest goes first."""
_WANTING = frozenset({"dns.answer_for_a_name_that_does_not_exist", "dns.failed_without_proof"})
"""Rules of which a session may say more."""


def in_sessions(results: Iterable[Judged | Aside]) -> Iterator[Judged | Aside]:
    """The same results in the same order, some of them judged again beside what their session says.

    A result waits for at most `MOST_WAITING` others, so that a file of any size takes the same memory.
    """
    sessions: OrderedDict[Hashable, Session] = OrderedDict()
    waiting: deque[Judged | Aside] = deque()
    for result in results:
        if isinstance(result, Judged):
            key = session_of(result.seen.measurement)
            sessions.setdefault(key, Session()).take(result.seen)
            sessions.move_to_end(key)
            if len(sessions) > MOST_SESSIONS:
                sessions.popitem(last=False)
        waiting.append(result)
        while waiting and (len(waiting) > MOST_WAITING or not _waits(waiting[0])):
            yield _again(waiting.popleft(), sessions)
    while waiting:
        yield _again(waiting.popleft(), sessions)


def _waits(result: Judged | Aside) -> bool:
    return isinstance(result, Judged) and any(not _WANTING.isdisjoint(v.rules_fired) for v in result.verdicts)


def _again(result: Judged | Aside, sessions: OrderedDict[Hashable, Session]) -> Judged | Aside:
    if isinstance(result, Aside) or not _waits(result):
        return result
    session = sessions.get(session_of(result.seen.measurement))
    told = session.rows(result.seen) if session else []
    if not told:
        return result
    seen = msgspec.structs.replace(result.seen, controls=[*result.seen.controls, *told])
    return msgspec.structs.replace(result, seen=seen, verdicts=judge(seen))
