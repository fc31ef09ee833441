"""How a fault shows on the wire."""

from collections.abc import Callable

from aiohttp import web

from playground.faults import Broken, DropAfter, DropBefore, Fault, HoldAnswer, Stall


async def meet(
    fault: Fault | None, request: web.Request, act: Callable[[], web.StreamResponse]
) -> web.StreamResponse:  # fmt: skip
    """Carry out the call, or not, as the fault has it. `TooMany` and `Refuse` are the platform's."""
    match fault:
        case Broken(status, after):
            if after:
                act()
            return web.Response(status=status, text="simulated failure")
        case DropBefore():
            return cut(request)
        case DropAfter():
            act()
            return cut(request)
        case HoldAnswer():
            answer = act()
            fault.met.set()
            await fault.gate.wait()
            return answer
        case Stall():
            fault.met.set()
            await fault.gate.wait()
    return act()


def cut(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
