"""Pages of a served programme asked for by several clients at once: p50 and p99 of each, alone and during an import."""

import http.client
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

CLIENTS = 16
PATHS = ["/", "/map/layers/ground.geojson", "/hazards"]

homeground, programme, seconds, more = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]


def ask(host, until, took, failed):
    """Ask for one path after the other, each over a connection of its own, as new visitors do."""
    i = threading.get_ident()
    while time.monotonic() < until:
        i += 1
        path = PATHS[i % len(PATHS)]
        began = time.monotonic()
        try:
            connection = http.client.HTTPConnection(host, timeout=60)
            connection.request("GET", path, headers={"Accept": "text/html"})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            ok = answer.status == 200
        except OSError:
            ok = False
        (took if ok else failed)[path].append(time.monotonic() - began)


def run(host, name, lasts):
    took, failed = ({path: [] for path in PATHS} for _ in range(2))
    until = time.monotonic() + lasts
    clients = [threading.Thread(target=ask, args=(host, until, took, failed)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    for path in PATHS:
        times = sorted(took[path])
        at = lambda share: times[min(len(times) - 1, int(share * len(times)))] * 1000 if times else float("nan")
        print(f"{name:<8} {path:<28} {len(times):>6} answers  p50 {at(0.5):8.1f} ms  p99 {at(0.99):8.1f} ms  {len(failed[path])} refused")


def send(host, file, done):
    """Send a file through the import form, as a browser does."""
    edge = "edge-of-the-form"
    with open(file, "rb") as f:
        content = f.read()
    body = (f'--{edge}\r\ncontent-disposition: form-data; name="file"; filename="more.geojson"\r\n\r\n').encode()
    body += content + f"\r\n--{edge}--\r\n".encode()
    request = urllib.request.Request(f"http://{host}/import", data=body, method="POST")
    request.add_header("content-type", f"multipart/form-data; boundary={edge}")
    request.add_header("accept", "text/html")
    began = time.monotonic()
    with urllib.request.urlopen(request, timeout=600) as answer:
        answer.read()
        where = answer.geturl()
    while True:
        try:
            with urllib.request.urlopen(where, timeout=60) as answer:
                if answer.headers.get("refresh") is None:
                    break
        except OSError:
            pass
        time.sleep(0.2)
    done.append(time.monotonic() - began)


server = subprocess.Popen([homeground, "serve", programme, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
try:
    line = server.stdout.readline()
    host = urllib.parse.urlsplit(next(word for word in line.split() if word.startswith("http://"))).netloc
    run(host, "alone", seconds)
    done = []
    sender = threading.Thread(target=send, args=(host, more, done))
    sender.start()
    run(host, "import", seconds)
    sender.join()
    print(f"the import took {done[0]:.1f} s")
finally:
    server.terminate()
    server.wait()
