"""Downloads from a server on this machine that breaks off, lies, refuses and comes back."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dnngp.base.download import ATTEMPTS, obtain, remote_size
from dnngp.base.errors import UserError

CONTENT = bytes(range(256)) * 400
SHA256 = {"sha256": hashlib.sha256(CONTENT).hexdigest()}


class Server(ThreadingHTTPServer):
    """Serves CONTENT; ``faults`` are used up one a request, ``asked`` keeps the Range of each."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.asked, self.ranges = [], [], True
        self.url = f"http://127.0.0.1:{self.server_port}/file.csv"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        fault = server.faults.pop(0) if server.faults else None
        asked = self.headers.get("Range")
        server.asked.append(asked)
        if isinstance(fault, int):
            self.send_error(fault)
            return
        content = b"another" * 3000 if fault == "other" else CONTENT
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.ranges else 0
        if start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        if fault != "no length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault == "drop" else body)
        self.close_connection = True

    def do_HEAD(self):
        fault = self.server.faults.pop(0) if self.server.faults else 200
        self.send_response(fault)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def get(server, tmp_path):
    output = tmp_path / "source" / "file.csv"

    def fetch(checksums=SHA256, **options):
        obtain("set/file.csv", server.url, output, checksums=checksums, pause=0.001, **options)
        return output

    fetch.output, fetch.part = output, output.with_name(".file.csv.part")
    return fetch


def test_a_file_comes_whole(server, get):
    assert get().read_bytes() == CONTENT
    assert server.asked == [None]
    assert [path.name for path in get.output.parent.iterdir()] == ["file.csv"]


@pytest.mark.parametrize("checksums", [SHA256, {}], ids=["checksum", "no checksum"])
def test_a_connection_that_breaks_twice_is_taken_up_where_it_broke(server, get, checksums):
    server.faults = ["drop", "drop"]
    assert get(checksums).read_bytes() == CONTENT
    half = len(CONTENT) // 2
    assert server.asked == [None, f"bytes={half}-", f"bytes={half + half // 2}-"]


def test_a_server_that_knows_no_ranges_starts_again(server, get):
    server.faults, server.ranges = ["drop"], False
    assert get().read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(server, get):
    server.faults = [503, 500, 429]
    assert get().read_bytes() == CONTENT


def test_a_later_run_resumes_what_an_earlier_one_left(server, get):
    server.faults = ["drop"] * ATTEMPTS
    with pytest.raises(UserError, match="the connection broke after"):
        get()
    left = get.part.stat().st_size
    assert 0 < left < len(CONTENT)
    assert not get.output.exists()
    assert get().read_bytes() == CONTENT
    assert server.asked[-1] == f"bytes={left}-"


def test_without_a_checksum_nothing_of_an_earlier_run_is_trusted(server, get):
    get.part.parent.mkdir()
    get.part.write_bytes(b"of another file")
    assert get({}).read_bytes() == CONTENT
    assert server.asked == [None]


def test_a_part_that_is_whole_already_is_taken(server, get):
    get.part.parent.mkdir()
    get.part.write_bytes(CONTENT)
    assert get().read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(server, get):
    get.part.parent.mkdir()
    get.part.write_bytes(CONTENT + b"more")
    assert get().read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_a_wrong_checksum_keeps_nothing(server, get, kind):
    server.faults = ["other"]
    expected = hashlib.new(kind, CONTENT).hexdigest()
    with pytest.raises(
        UserError, match=f"its {kind} is .*, not {expected}.*replaced or damaged.*DNNGP_MIRROR"
    ):
        get({kind: expected})
    assert list(get.output.parent.iterdir()) == []
    assert get({kind: expected}).read_bytes() == CONTENT


def test_a_file_without_a_checksum_is_trusted_once(server, get, caplog):
    record = get({}).with_name("file.csv.sha256")
    assert record.read_text() == f"{SHA256['sha256']}  file.csv\n"
    assert "no checksum is known; trusted as it is" in caplog.text
    get.output.unlink()
    server.faults = ["other"]
    with pytest.raises(UserError, match=r"another one when it was first fetched.*delete .*file\.csv\.sha256"):
        get({})
    assert not get.output.exists()
    assert get({}).read_bytes() == CONTENT
    record.unlink()
    get.output.unlink()
    server.faults = ["other"]
    assert get({}).read_bytes() != CONTENT


def test_a_file_of_the_mirror_without_a_checksum_is_trusted_once(server, get, tmp_path):
    mirror = tmp_path / "mirror" / "set"
    mirror.mkdir(parents=True)
    (mirror / "file.csv").write_bytes(CONTENT)
    get({}, mirror=tmp_path / "mirror")
    (mirror / "file.csv").write_bytes(CONTENT[1:])
    with pytest.raises(UserError, match="another one when it was first fetched"):
        get({}, mirror=tmp_path / "mirror")
    assert get.output.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_file_that_is_gone_is_not_asked_for_again(server, get, status):
    server.faults = [status]
    with pytest.raises(UserError, match=f"answers {status}.*DNNGP_MIRROR names, as set/file.csv"):
        get()
    assert len(server.asked) == 1


def test_without_a_network_the_message_says_what_to_do(server, get):
    server.shutdown()
    server.server_close()
    with pytest.raises(
        UserError, match=r"cannot be fetched: .*refused.*Is there a network\? Fetch it by hand"
    ):
        get()


def test_the_mirror_goes_before_the_network(server, get, tmp_path):
    (tmp_path / "mirror" / "set").mkdir(parents=True)
    (tmp_path / "mirror" / "set" / "file.csv").write_bytes(CONTENT)
    assert get(mirror=tmp_path / "mirror").read_bytes() == CONTENT
    assert server.asked == []


def test_a_file_of_the_mirror_is_checked_too(server, get, tmp_path):
    (tmp_path / "mirror" / "set").mkdir(parents=True)
    (tmp_path / "mirror" / "set" / "file.csv").write_bytes(CONTENT[:-1])
    with pytest.raises(UserError, match="take it out of the mirror"):
        get(mirror=tmp_path / "mirror")
    assert not get.output.exists()


def test_what_the_mirror_lacks_is_fetched(server, get, tmp_path):
    assert get(mirror=tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_only_addresses_of_the_web_are_opened(tmp_path, url):
    with pytest.raises(UserError, match="no address of the web"):
        obtain("set/x", url, tmp_path / "x", checksums={})


def test_the_size_of_a_remote_file_is_asked_for(server):
    assert remote_size(server.url) == len(CONTENT)
    assert remote_size("s3://bucket/file") is None
    server.faults = [403, 405]
    with pytest.raises(UserError, match=r"/file\.csv answers 403 \(Forbidden\)"):
        remote_size(server.url)
    assert remote_size(server.url) is None  # the server does not know how to say
    with pytest.raises(UserError, match=r"does not answer \(.*refused\)"):
        remote_size("http://127.0.0.1:9/file.csv")
