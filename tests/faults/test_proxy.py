"""The proxy on real sockets: what a client and a service see of each other through it."""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from IntegrationLibrary.base.ports import free_port
from IntegrationLibrary.faults.book import Bandwidth, Cut, Failures, Latency, Restored, fault_from
from IntegrationLibrary.faults.network import Network, OpenProxy
from IntegrationLibrary.faults.pipe import MOST_HELD

Handler = Callable[[socket.socket], None]

TIMEOUT = 10


class Service:
    """A server that does the same with every connection, in a thread each."""

    def __init__(self, handle: Handler) -> None:
        self._handle = handle
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.address = self._listener.getsockname()[:2]
        self.errors: queue.Queue[OSError] = queue.Queue()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._handle(connection)
            except OSError as error:
                self.errors.put(error)


def echo(connection: socket.socket) -> None:
    """Send back what comes, until the other side has no more."""
    while data := connection.recv(65536):
        connection.sendall(data)


def echo_telling(answered: queue.Queue[bytes]) -> Handler:
    """Return what sends back four bytes each time, and then tells that it has."""

    def handle(connection: socket.socket) -> None:
        while piece := received(connection, 4):
            connection.sendall(piece)
            answered.put(piece)

    return handle


@pytest.fixture(scope="module")
def network() -> Network:
    """The loop of all proxies here."""
    return Network()


@pytest.fixture
def proxied(network: Network) -> Iterator[Callable[[Handler], tuple[OpenProxy, Service]]]:
    """Starts services behind a proxy."""
    made: list[tuple[OpenProxy, Service]] = []

    def start(handle: Handler) -> tuple[OpenProxy, Service]:
        service = Service(handle)
        made.append((network.open(service.address), service))
        return made[-1]

    yield start
    for proxy, service in made:
        proxy.close()
        service.close()


@pytest.fixture
def proxy(proxied: Callable[[Handler], tuple[OpenProxy, Service]]) -> OpenProxy:
    """A proxy before a service that echoes."""
    return proxied(echo)[0]


def connect(proxy: OpenProxy) -> socket.socket:
    """Open a connection to the proxy."""
    return socket.create_connection(proxy.address, timeout=TIMEOUT)


def answer(connection: socket.socket, question: bytes = b"ping") -> bytes:
    """Send a question and return the answer of the same length."""
    connection.sendall(question)
    return received(connection, len(question))


def received(connection: socket.socket, size: int) -> bytes:
    """Return the next *size* bytes, or what comes before the end."""
    data = b""
    while len(data) < size and (piece := connection.recv(size - len(data))):
        data += piece
    return data


def test_bytes_pass_unchanged_both_ways(proxy: OpenProxy) -> None:
    """More than fits into any buffer, while the other side sends back."""
    sent = bytes(range(256)) * 20_000
    with connect(proxy) as connection, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(connection.sendall, sent)

        assert received(connection, len(sent)) == sent
        sending.result()


def test_many_connections_at_once(proxy: OpenProxy) -> None:
    """Each gets its own answer."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(proxy)) for _ in range(200)]
        for number, connection in enumerate(connections):
            connection.sendall(b"%04d" % number)

        assert [received(connection, 4) for connection in connections] == [b"%04d" % number for number in range(200)]


def test_a_service_may_speak_first(proxied: Callable[[Handler], tuple[OpenProxy, Service]]) -> None:
    """The other half is opened before the client says anything."""
    proxy, _ = proxied(lambda connection: connection.sendall(b"220 ready"))
    with connect(proxy) as connection:
        assert received(connection, 100) == b"220 ready"


def test_a_client_that_has_sent_everything_still_gets_its_answer(
    proxied: Callable[[Handler], tuple[OpenProxy, Service]],
) -> None:
    """The end of one direction is not the end of the other: the service hears of it, and answers then."""

    def count(connection: socket.socket) -> None:
        size = 0
        while data := connection.recv(65536):
            size += len(data)
        connection.sendall(b"%d bytes" % size)

    proxy, _ = proxied(count)
    with connect(proxy) as connection:
        connection.sendall(b"x" * 100_000)
        connection.shutdown(socket.SHUT_WR)

        assert received(connection, 100) == b"100000 bytes"


def test_a_service_that_has_sent_everything_still_hears_the_client(
    proxied: Callable[[Handler], tuple[OpenProxy, Service]],
) -> None:
    """The other way round."""
    heard = []

    def listen(connection: socket.socket) -> None:
        connection.sendall(b"go on")
        connection.shutdown(socket.SHUT_WR)
        heard.append(received(connection, 100))
        done.set()

    done = threading.Event()
    proxy, _ = proxied(listen)
    with connect(proxy) as connection:
        assert received(connection, 100) == b"go on"
        connection.sendall(b"still here")
        connection.shutdown(socket.SHUT_WR)
        assert done.wait(TIMEOUT)

    assert heard == [b"still here"]


def test_a_client_that_breaks_off_is_no_end_in_good_order(
    proxied: Callable[[Handler], tuple[OpenProxy, Service]],
) -> None:
    """A reset on one side is a reset on the other."""
    proxy, service = proxied(echo)
    with connect(proxy) as connection:
        answer(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert isinstance(service.errors.get(timeout=TIMEOUT), ConnectionResetError)


def test_a_service_that_is_not_there_resets_the_connection(network: Network) -> None:
    """Nobody waits for an answer that cannot come."""
    proxy = network.open(("127.0.0.1", free_port()))
    with pytest.raises(ConnectionResetError), connect(proxy) as connection:
        answer(connection)


def test_a_sender_waits_for_a_receiver_that_does_not_read(
    proxied: Callable[[Handler], tuple[OpenProxy, Service]],
) -> None:
    """What nobody reads does not pile up in the proxy: the sender's own buffer fills."""
    go_on = threading.Event()

    def wait_then_count(connection: socket.socket) -> None:
        go_on.wait(TIMEOUT)
        size = 0
        while data := connection.recv(1_000_000):
            size += len(data)
        connection.sendall(b"%d" % size)

    proxy, _ = proxied(wait_then_count)
    with connect(proxy) as connection:
        sent = filled(connection)
        assert sent < 64_000_000
        go_on.set()
        connection.shutdown(socket.SHUT_WR)

        assert received(connection, 100) == b"%d" % sent


def filled(connection: socket.socket) -> int:
    """Send until nothing more is taken for a while; return how much was."""
    sent = 0
    connection.settimeout(0.3)
    with contextlib.suppress(TimeoutError):
        while sent < 64_000_000:
            sent += connection.send(bytes(65536))
    connection.settimeout(TIMEOUT)
    return sent


def test_answers_come_later_by_the_latency(proxy: OpenProxy) -> None:
    """Those on connections that were there, too; never earlier than it says."""
    with connect(proxy) as connection:
        answer(connection)
        proxy.add(Latency(0.15))
        begun = time.monotonic()
        assert answer(connection) == b"ping"

        assert time.monotonic() - begun >= 0.15


def test_latency_does_not_add_up(proxied: Callable[[Handler], tuple[OpenProxy, Service]]) -> None:
    """Answers that are under way together arrive together, in their order: one after the other they took too long."""
    pieces = [b"%04d" % number for number in range(40)]
    answered: queue.Queue[bytes] = queue.Queue()
    proxy, _ = proxied(echo_telling(answered))
    proxy.add(Latency(0.5, jitter=0.4))
    with connect(proxy) as connection:
        for piece in pieces:
            connection.sendall(piece)
            answered.get(timeout=TIMEOUT)

        assert received(connection, 4 * len(pieces)) == b"".join(pieces)


def test_what_is_held_back_goes_at_once_when_the_network_is_restored(proxy: OpenProxy) -> None:
    """Nobody waits for the end of an hour."""
    with connect(proxy) as connection:
        proxy.add(Latency(3600))
        connection.sendall(b"ping")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(4)
        connection.settimeout(TIMEOUT)
        proxy.add(Restored())

        assert received(connection, 4) == b"ping"


def test_what_is_held_back_is_lost_when_the_latency_is_taken_back(
    proxied: Callable[[Handler], tuple[OpenProxy, Service]],
) -> None:
    """A test that ends leaves nothing under way that would arrive in the next one; idle connections are kept."""
    answered: queue.Queue[bytes] = queue.Queue()
    proxy, _ = proxied(echo_telling(answered))
    with connect(proxy) as idle, connect(proxy) as connection:
        answer(idle)
        answered.get(timeout=TIMEOUT)
        mark = proxy.mark()
        proxy.add(Latency(3600))
        connection.sendall(b"ping")
        answered.get(timeout=TIMEOUT)
        proxy.mark()  # the loop has read by then what was there to be read
        proxy.return_to(mark)

        with pytest.raises(ConnectionResetError):
            connection.recv(4)
        assert answer(idle) == b"ping"


def test_a_cut_resets_all_connections_until_it_is_taken_back(proxy: OpenProxy) -> None:
    """Those that are there and new ones."""
    mark = proxy.mark()
    with connect(proxy) as connection:
        answer(connection)
        proxy.add(Cut())
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with pytest.raises(ConnectionResetError), connect(proxy) as connection:
        answer(connection)
    proxy.return_to(mark)
    with connect(proxy) as connection:
        assert answer(connection) == b"ping"


def test_a_cut_reaches_the_service(proxied: Callable[[Handler], tuple[OpenProxy, Service]]) -> None:
    """Its half of the connection is reset as well: what it was about to do for the client it can give up."""
    proxy, service = proxied(echo)
    with connect(proxy) as connection:
        answer(connection)
        proxy.add(Cut())

        assert isinstance(service.errors.get(timeout=TIMEOUT), ConnectionResetError)


@pytest.mark.parametrize("direction", ["to the service", "to the client"])
def test_bandwidth_is_what_all_connections_have_together(
    direction: str, proxied: Callable[[Handler], tuple[OpenProxy, Service]]
) -> None:
    """In each direction: 60 kB at 200 kB a second take at least 0.3 seconds, less a first piece."""
    size = 30_000

    def serve(connection: socket.socket) -> None:
        if direction == "to the client":
            connection.sendall(bytes(size))
        else:
            received(connection, size)
            connection.sendall(b".")

    proxy, _ = proxied(serve)
    proxy.add(Bandwidth(200_000))
    begun = time.monotonic()
    with connect(proxy) as one, connect(proxy) as other:
        for connection in (one, other):
            if direction == "to the service":
                connection.sendall(bytes(size))
        for connection in (one, other):
            assert len(received(connection, size)) == (size if direction == "to the client" else 1)

    assert time.monotonic() - begun >= 2 * size / 200_000 - 0.03


def test_a_narrow_line_holds_back_no_more_than_a_buffer(
    proxied: Callable[[Handler], tuple[OpenProxy, Service]],
) -> None:
    """The sender is made to wait; what was sent arrives whole when the line is wide again."""

    def count(connection: socket.socket) -> None:
        size = 0
        while data := connection.recv(1_000_000):
            size += len(data)
        connection.sendall(b"%d" % size)

    proxy, _ = proxied(count)
    proxy.add(Bandwidth(1000))
    with connect(proxy) as connection:
        sent = filled(connection)
        assert MOST_HELD < sent < 64_000_000
        connection.shutdown(socket.SHUT_WR)
        proxy.add(Restored())

        assert received(connection, 100) == b"%d" % sent


def test_the_first_connections_over_which_something_is_sent_are_reset(
    proxied: Callable[[Handler], tuple[OpenProxy, Service]],
) -> None:
    """Old ones and new ones count alike, silent ones do not; the service sees nothing of what was sent."""
    heard: list[bytes] = []

    def remember(connection: socket.socket) -> None:
        while data := connection.recv(100):
            heard.append(data)
            connection.sendall(data)

    proxy, _ = proxied(remember)
    with connect(proxy) as old:
        answer(old, b"before")
        proxy.add(Failures(2))
        with connect(proxy):
            pass
        with pytest.raises(ConnectionResetError):
            answer(old, b"first")
        with pytest.raises(ConnectionResetError), connect(proxy) as new:
            answer(new, b"second")
    with connect(proxy) as new:
        assert answer(new, b"third") == b"third"

    assert heard == [b"before", b"third"]


def test_what_was_used_up_stays_so_when_a_later_fault_is_taken_back(proxy: OpenProxy) -> None:
    """Returning to a mark brings the faults before it back as they are by now."""
    proxy.add(Failures(1))
    mark = proxy.mark()
    proxy.add(Latency(0.01))
    with pytest.raises(ConnectionResetError), connect(proxy) as connection:
        answer(connection)
    proxy.return_to(mark)
    with connect(proxy) as connection:
        assert answer(connection) == b"ping"


def test_returning_to_a_mark_before_a_restored_network_brings_its_faults_back(proxy: OpenProxy) -> None:
    """A test that restores what its suite has cut has that for itself alone."""
    proxy.add(Cut())
    mark = proxy.mark()
    proxy.add(Restored())
    with connect(proxy) as connection:
        assert answer(connection) == b"ping"
    proxy.return_to(mark)
    with pytest.raises(ConnectionResetError), connect(proxy) as connection:
        answer(connection)


def test_only_this_machine_can_connect(proxy: OpenProxy) -> None:
    """It listens on the loopback interface alone."""
    listening = {each.laddr for each in psutil.Process().net_connections("tcp") if each.status == psutil.CONN_LISTEN}

    assert [each.ip for each in listening if each.port == proxy.address[1]] == ["127.0.0.1"]


def test_a_closed_proxy_resets_what_it_carries(proxy: OpenProxy) -> None:
    """And is closed once more without harm."""
    with connect(proxy) as connection:
        answer(connection)
        proxy.close()
        proxy.close()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)


def test_faults_have_words() -> None:
    """As they come over the control connection."""
    assert fault_from("latency", {"delay": 0.3, "jitter": 0.05}) == Latency(0.3, 0.05)
