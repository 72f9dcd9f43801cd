"""Texts that do something to a terminal, or to a program that reads lines or markup."""

# No key and no sidecar can have one; arguments, file names and an upstream's JSON can.
NOT_UTF8 = "\udcff"  # the byte 0xff of a file's name, as Python reads it
SURROGATES = ("\ud800", "a\udfffb", NOT_UTF8)

HOSTILE = (
    # commands of a terminal
    *(
        "\x1b[31m",
        "\x1b[2J",
        "\x1b[1;1H",
        "\x1b[?25l",
        "\x1b[6n",
        "\x1b[8m",
        "\x1b[0m",
        "\x1b[3;5r",
        "\x1bc",
        "\x1b#8",
    ),
    *("\x1b]0;title\x07", "\x1b]2;t\x1b\\", "\x1b]4;1;rgb:ff/00/00\x07", "\x1b]52;c;ZWNobyBoaQ==\x07"),
    *(
        "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
        "\x1b]1337;File=:AAAA\x07",
        "\x1bP$q\x1b\\",
        "\x1b_x\x1b\\",
    ),
    *(
        "\x1b^x\x1b\\",
        "\x1bX\x1b\\",
        "\x1b(0",
        "\x1b=",
        "\x1b[",
        "\x1b",
        "\x9b31m",
        "\x9d0;t\x9c",
        "\x90q\x9c",
        "\x84",
        "\x85",
    ),
    *("\x07", "\x08\x08\x08ok", "\x7f", "\x00", "\x05", "\x0e", "\x0f", "\x18", "\x1a", "\x8d", "\x9f", "\xad"),
    # lines that overwrite or forge others
    *("a\rpaid: nothing", "a\n$0.00 charged", "a\r\nb", "a\x0bb", "a\x0cb", "a\u2028b", "a\u2029b", "\t\t"),
    # what turns around, hides or joins
    *(
        "\u202egnp.exe",
        "\u202d",
        "\u2066x\u2069",
        "\u2067",
        "\u200f",
        "\u200e",
        "\u061c",
        "\u200b",
        "\u200d",
        "\u2060",
    ),
    *("\ufeff", "\ufff9x\ufffb", "\U000e0041\U000e007f", "\u034f\u200c", "\U0001bca0", "\u180e"),
    # markup, emoji codes and formats of libraries
    *("[bold]x[/bold]", "[/]", "[red]", "[/red]", "[link=https://evil.example]x[/link]", "[[", "\\[x]", "[x]\\"),
    *(":smile:", ":warning:", ":boom: :x:", "{0.__class__}", "%s%n", "$(id)", "`id`", "</script>", "é 漢字 🙂"),
)
