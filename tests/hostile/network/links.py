"""Result links that lead where a client must never go, in the spellings that have fooled others."""

from dataclasses import dataclass

PUBLIC = "93.184.215.14"
PUBLIC_6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

# What names come to; each further look-up of a name takes its next answer.
ZONE: dict[str, list[list[str]]] = {
    "delivery.example": [[PUBLIC]],
    "loopback.example": [["127.0.0.1"]],
    "metadata.example": [["169.254.169.254"]],
    "both.example": [[PUBLIC, "10.0.0.1"]],
    "both6.example": [[PUBLIC_6, "::1"]],
    "mapped.example": [["::ffff:169.254.169.254"]],
    "local.example": [["fe80::1%2"]],
    "turns.example": [["10.0.0.1"], [PUBLIC]],
}


@dataclass(frozen=True)
class HostileLink:
    what: str
    link: str


LINKS = (
    HostileLink("loopback", "https://127.0.0.1/s.jpeg"),
    HostileLink("loopback, short", "https://127.1/s.jpeg"),
    HostileLink("loopback in decimal", "https://2130706433/s.jpeg"),
    HostileLink("loopback in hex", "https://0x7f000001/s.jpeg"),
    HostileLink("loopback in octal", "https://0177.0.0.1/s.jpeg"),
    HostileLink("loopback in one octal number", "https://017700000001/s.jpeg"),
    HostileLink("loopback by its name", "https://localhost/s.jpeg"),
    HostileLink("loopback on another port", "https://127.0.0.1:9001/2018-06-01/runtime/invocation/next"),
    HostileLink("this host", "https://0.0.0.0/s.jpeg"),
    HostileLink("this host, short", "https://0/s.jpeg"),
    HostileLink("metadata", "https://169.254.169.254/latest/meta-data/iam/security-credentials/"),
    HostileLink("metadata in decimal", "https://2852039166/latest/meta-data/"),
    HostileLink("metadata in hex", "https://0xA9FEA9FE/latest/meta-data/"),
    HostileLink("metadata in hex by the byte", "https://0xa9.0xfe.0xa9.0xfe/latest/meta-data/"),
    HostileLink("metadata in octal", "https://0251.0376.0251.0376/latest/meta-data/"),
    HostileLink("metadata in a mixture", "https://0251.254.0xa9fe/latest/meta-data/"),
    HostileLink("metadata mapped into IPv6", "https://[::ffff:169.254.169.254]/latest/meta-data/"),
    HostileLink("metadata mapped into IPv6 in hex", "https://[::ffff:a9fe:a9fe]/latest/meta-data/"),
    HostileLink("metadata in 6to4", "https://[2002:a9fe:a9fe::1]/latest/meta-data/"),
    HostileLink("metadata in NAT64", "https://[64:ff9b::a9fe:a9fe]/latest/meta-data/"),
    HostileLink("metadata in a network's own NAT64", "https://[64:ff9b:1::a9fe:a9fe]/latest/meta-data/"),
    HostileLink("metadata in Teredo", "https://[2001:0:a9fe:a9fe::]/latest/meta-data/"),
    HostileLink("metadata of IPv6", "https://[fd00:ec2::254]/latest/meta-data/"),
    HostileLink("credentials of containers", "https://169.254.170.2/v2/credentials"),
    HostileLink("loopback of IPv6", "https://[::1]/s.jpeg"),
    HostileLink("loopback mapped into IPv6", "https://[::ffff:127.0.0.1]/s.jpeg"),
    HostileLink("no address of IPv6", "https://[::]/s.jpeg"),
    HostileLink("private, 10", "https://10.0.0.1/s.jpeg"),
    HostileLink("private, 172", "https://172.16.0.1/s.jpeg"),
    HostileLink("private, 192", "https://192.168.1.1/s.jpeg"),
    HostileLink("a carrier's own", "https://100.64.0.1/s.jpeg"),
    HostileLink("private, IPv6", "https://[fc00::1]/s.jpeg"),
    HostileLink("multicast", "https://224.0.0.1/s.jpeg"),
    HostileLink("broadcast", "https://255.255.255.255/s.jpeg"),
    HostileLink("a name of loopback", "https://loopback.example/s.jpeg"),
    HostileLink("a name of metadata", "https://metadata.example/s.jpeg"),
    HostileLink("a name of a public and a private address", "https://both.example/s.jpeg"),
    HostileLink("the same in IPv6", "https://both6.example/s.jpeg"),
    HostileLink("a name of a mapped address", "https://mapped.example/s.jpeg"),
    HostileLink("a name of a neighbour on the wire", "https://local.example/s.jpeg"),
    HostileLink("rebinding: private at first, public then", "https://turns.example/s.jpeg"),
    HostileLink("a user name before a private host", "https://delivery.example@169.254.169.254/s.jpeg"),
    HostileLink("a password before a private host", "https://delivery.example:443@127.0.0.1/s.jpeg"),
    HostileLink("a user name before a public host", "https://user@delivery.example/s.jpeg"),
    HostileLink("a backslash before a private host", "https://delivery.example\\@169.254.169.254/"),
    HostileLink("a fragment that hides the host", "https://169.254.169.254#@delivery.example/"),
    HostileLink("a line break in the host", "https://delivery.example\r\n@127.0.0.1/"),
    HostileLink("plain HTTP", "http://delivery.example/s.jpeg"),
    HostileLink("plain HTTP to metadata", "http://169.254.169.254/latest/meta-data/"),
    HostileLink("a file", "file:///var/task/app.py"),
    HostileLink("gopher", "gopher://127.0.0.1:6379/_FLUSHALL"),
    HostileLink("digits of another script", "https://\u2460\u2461\u2467.0.0.1/s.jpeg"),
    HostileLink("dots of another script", "https://127\u30020\u30020\u30021/s.jpeg"),
    HostileLink("a neighbour on the wire", "https://[fe80::1]/s.jpeg"),
    HostileLink("a port out of range", "https://delivery.example:65616/s.jpeg"),
)

# The storage answers with one of these; the answer itself came over an allowed connection.
REDIRECTS = (
    "http://169.254.169.254/latest/meta-data/",
    "https://127.0.0.1/s.jpeg",
    "//10.0.0.1/s.jpeg",
    "file:///etc/passwd",
    "https://delivery.example/s.jpeg",
)
