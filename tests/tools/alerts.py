"""Alerts, sent to aiosmtpd and to a receiver that verifies signatures with standardwebhooks."""

import email
import email.policy
import http.server
import json
import logging
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

BURSAR = sys.argv[1]
# What the server says of those whom it is to refuse.
logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
warnings.filterwarnings("ignore", module="aiosmtpd")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
USER, PASSWORD = "ops@acme.example", "p:w/ü @1"
CONFIG = """\
version: 1
centers:
  local: { provider: embedded }
members:
  zoe: { email: zoe@acme.example }
pools:
  ai:
    center: local
    description: Grüße
    budget: { limit: 100, unit: credits, period: monthly, when_exhausted: block }
    access: [{ member: zoe, cap: 100 }]
    others: blocked
    alerts:
      - { at: 80%, of: budget, notify: [ops] }
      - { at: 80%, of: caps, notify: [member] }
notify:
  ops: { email: [ops@acme.example], webhook: { url: { env: HOOK } } }
"""


class Letters:
    """Takes letters, and remembers whether they came over TLS from somebody who is known."""

    def __init__(self):
        self.taken = []
        self.implicit = False

    async def handle_DATA(self, server, session, envelope):
        # aiosmtpd notes TLS in the session where STARTTLS began it.
        self.taken.append((envelope, session.ssl is not None or self.implicit, session.authenticated))
        return "250 taken"


def known(server, session, envelope, mechanism, data):
    fine = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=fine)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Implicit(Controller):
    """TLS from the first byte; a login counts as one over TLS."""

    def _trigger_server(self):
        # The context is a server's, so it cannot greet itself; that it listens is enough.
        socket.create_connection((self.hostname, self.port)).close()

    def factory(self):
        return SMTP(self.handler, authenticator=known, auth_required=True, auth_require_tls=False, hostname="localhost")


class StartTls(Controller):
    def __init__(self, handler, context, **rest):
        self.context = context
        super().__init__(handler, **rest)

    def factory(self):
        return SMTP(
            self.handler, tls_context=self.context, require_starttls=True, authenticator=known, auth_required=True,
            hostname="localhost",
        )


class Hooks(http.server.BaseHTTPRequestHandler):
    taken = []
    status = 204

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        Hooks.taken.append((dict(self.headers), body))
        self.send_response(Hooks.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def near_the_budget(folder):
    """A center in which zoe drew 85 of 100."""
    folder.joinpath("bursar.yaml").write_text(CONFIG)
    for line in (["apply", "--yes", "-q"], ["draw", "ai", "zoe", "85"]):
        subprocess.run([BURSAR, *line], cwd=folder, check=True, capture_output=True)


def alerts(folder, ca, url, **more):
    env = {
        "PATH": os.environ["PATH"], "BURSAR_SMTP_URL": url, "BURSAR_MAIL_FROM": "Bursar <bursar@acme.example>",
        "BURSAR_WEBHOOK_SECRET": SECRET, **more,
    }
    if ca:
        env["SSL_CERT_FILE"] = str(ca)
    run = subprocess.run([BURSAR, "alerts", "--format", "json"], cwd=folder, env=env, capture_output=True, text=True)
    assert run.stdout, run.stderr
    for secret in (PASSWORD, "p%3Aw", SECRET[6:]):
        assert secret not in run.stdout + run.stderr, "a secret is shown"
    return run.returncode, json.loads(run.stdout)


def statuses(report):
    return sorted(told["status"] for reached in report["reached"] for told in reached["told"])


def main():
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    hook = f"http://127.0.0.1:{receiver.server_port}/hook"
    login = "ops%40acme.example:p%3Aw%2F%C3%BC%20%401"
    letters = Letters()
    servers = [
        ("smtp", StartTls(letters, context, hostname="127.0.0.1", port=free_port())),
        ("smtps", Implicit(letters, hostname="127.0.0.1", port=free_port(), ssl_context=context)),
    ]
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        ca = root / "ca.pem"
        authority.cert_pem.write_to_path(str(ca))
        for scheme, server in servers:
            letters.implicit = scheme == "smtps"
            server.start()
            port = server.port
            folder = root / scheme
            folder.mkdir()
            near_the_budget(folder)
            # A certificate that nobody vouches for, a wrong name of the server and a wrong password: a definite no.
            other = root / "other.pem"
            trustme.CA().cert_pem.write_to_path(str(other))
            for wrong_ca, wrong in (
                (other, f"{scheme}://{login}@localhost:{port}"),
                (ca, f"{scheme}://ops%40acme.example:wrong@localhost:{port}"),
            ):
                code, report = alerts(folder, wrong_ca, wrong, HOOK=hook)
                assert code == 1 and statuses(report).count("failed") == 2, report
            assert not letters.taken, "a letter went where it must not go"
            code, report = alerts(folder, ca, f"{scheme}://{login}@localhost:{port}", HOOK=hook)
            assert code == 0, report
            code, report = alerts(folder, ca, f"{scheme}://{login}@localhost:{port}", HOOK=hook)
            assert (code, statuses(report)) == (0, ["before"] * 3), report
            got = sorted(letters.taken, key=lambda letter: letter[0].rcpt_tos)
            assert [letter[0].rcpt_tos for letter in got] == [["ops@acme.example"], ["zoe@acme.example"]]
            for envelope, tls, authenticated in got:
                assert tls and authenticated
                message = email.message_from_bytes(envelope.content, policy=email.policy.default)
                assert message["from"] == "Bursar <bursar@acme.example>" and message["to"] == envelope.rcpt_tos[0]
                assert message["auto-submitted"] == "auto-generated" and message["message-id"], message
                assert message["date"].datetime and not message.defects
                assert message.get_content_type() == "text/plain"
                assert "85 of 100 credits drawn (85%), 80% of the" in message.get_content(), message.get_content()
                assert "ai" in message["subject"] and "local" in message["subject"] and "80%" in message["subject"]
            letters.taken.clear()
            server.stop()
            print(f"aiosmtpd takes letters over {'STARTTLS' if scheme == 'smtp' else 'TLS'}, and none without")
        assert len(Hooks.taken) == 2, Hooks.taken
        for headers, body in Hooks.taken:
            verified = Webhook(SECRET).verify(body, headers)
            assert verified["schema"] == "bursar.alert.v1"
            try:
                Webhook(SECRET).verify(body + b" ", headers)
            except WebhookVerificationError:
                continue
            sys.exit("a changed body was verified, so this check cannot fail")
        print("standardwebhooks verifies every signature, and none of a changed body")


try:
    main()
except BaseException:
    traceback.print_exc()
    # A server that is still there shall not keep the failure back.
    os._exit(1)
