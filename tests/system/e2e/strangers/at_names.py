"""Other names for this machine, which a foreign page reaches it by once its own name leads here (DNS rebinding)."""

from collections.abc import Mapping

from tests.system.e2e.strangers.attack import CLOSED, SIMPLE_FORM, Attack, Port, Request, Signed, attacks

_HOSTS = {
    "a foreign name": "evil.test:$port",
    "a foreign name without a port": "evil.test",
    "loopback without a port": "127.0.0.1",
    "loopback with another port": "127.0.0.1:1",
    "localhost with a dot": "localhost.:$port",
    "a name below localhost": "evil.localhost:$port",
    "localhost below a foreign name": "localhost.evil.test:$port",
    "a public name of loopback": "127.0.0.1.nip.io:$port",
    "loopback in hexadecimal": "0x7f000001:$port",
    "loopback as one number": "2130706433:$port",
    "loopback, shortened": "127.1:$port",
    "another address of loopback": "127.0.0.2:$port",
    "every address": "0.0.0.0:$port",
    "IPv6": "[::1]:$port",
    "IPv4 in IPv6": "[::ffff:127.0.0.1]:$port",
    "the name that containers use": "host.docker.internal:$port",
    "a user before the host": "127.0.0.1:$port@evil.test",
    "a host after another": "127.0.0.1:$port, evil.test",
    "an empty name": "",
}


def hosts(proper: Request) -> Mapping[str, Request]:
    """What is answered if it is asked by its own name, asked by others."""
    evil = proper.but(host="evil.test:$port")
    return {
        **{f"Host: {name}": proper.but(host=host) for name, host in _HOSTS.items()},
        "no Host": proper.but(host=None),
        "no Host, in HTTP/1.0": proper.but(host=None, version="HTTP/1.0"),
        "two Hosts": proper.adding(("Host", "evil.test:$port")),
        "a forwarded Host": evil.adding(
            ("X-Forwarded-Host", "127.0.0.1:$port"), ("Forwarded", "host=127.0.0.1:$port")
        ),
        "an original URL": evil.adding(("X-Original-URL", proper.target), ("X-Forwarded-For", "127.0.0.1")),
        "a foreign name in the target": proper.but(target=f"http://evil.test:$port{proper.target}"),
        "a foreign Host, its own name in the target": evil.but(target=f"http://127.0.0.1:$port{proper.target}"),
    }


PROPER: Mapping[Port, Request] = {
    # Signed by the owner for the name that it is sent to: nothing but that name is wrong.
    "emulator": Request("POST", "/", (SIMPLE_FORM,), "Action=ListQueues&Version=2012-11-05").but(
        signed=Signed(service="sqs")
    ),
    "upstream": Request("GET", "/admin/state", (("X-Fake-Upstream-Token", "$admin_token"),)),
    "delivery": Request("GET", "$sample"),
    "deliveries": Request(
        "POST",
        "$endpoint_path",
        (),
        '{"Type": "Notification", "TopicArn": "a", "MessageId": "1", "Message": "m", "Timestamp": "t"}',
    ),
    "page": Request("GET", "$page_root/", (("Cookie", "$page_cookie"),)),
    "gallery": Request("GET", "$gallery_root/", (("Cookie", "$gallery_cookie"),)),
}
SECTIONS: dict[str, list[Attack]] = {
    f"names of {port}": attacks(port, hosts(proper), 403, 400, 404, 421, CLOSED) for port, proper in PROPER.items()
}
