# ruff: noqa: E501 - a text is easier to read in one piece
"""Texts with nothing in them that must go, made by the thousand: numbers, codes and words that
look like phone numbers, cards, accounts, addresses and secrets and are none."""

from __future__ import annotations

import hashlib
import random
import string
import uuid
from collections.abc import Callable, Iterator
from typing import ClassVar

from stdnum import ean, isbn

Make = Callable[[random.Random], str]


def figures(rng: random.Random, count: int, first: str = "123456789") -> str:
    return rng.choice(first) + "".join(rng.choice(string.digits) for _ in range(count - 1))


def a_uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def barcode(rng: random.Random) -> str:
    body = figures(rng, rng.choice((7, 11, 12)))
    return body + ean.calc_check_digit(body)


def book(rng: random.Random) -> str:
    body = "978" + figures(rng, 9, string.digits)
    number = body + ean.calc_check_digit(body)
    return rng.choice((number, isbn.format(number), isbn.format(number, separator=" ")))


def moment(rng: random.Random) -> str:
    year, month, day = rng.randint(1990, 2030), rng.randint(1, 12), rng.randint(1, 28)
    hour, minute, second = rng.randrange(24), rng.randrange(60), rng.randrange(60)
    return rng.choice(
        (
            f"{year}-{month:02}-{day:02}",
            f"{day:02}.{month:02}.{year}",
            f"{month:02}/{day:02}/{year}",
            f"{day:02}-{month:02}-{year}",
            f"{day:02}/{month:02}/{year % 100:02}",
            f"{year}{month:02}{day:02}",
            f"{year}{month:02}{day:02}{hour:02}{minute:02}{second:02}",
            f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z",
            f"{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{rng.randrange(10**6):06}",
            f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+0{rng.randrange(10)}:00",
            f"{day:02}.{month:02}.{year} {hour:02}.{minute:02}",
            f"{day:02}.{month:02}.{year} - {day:02}.{month:02}.{year + 1}",
            f"{day:02}/{month:02}/{year} to {day:02}/{month:02}/{year}",
            f"{hour:02}.{minute:02}-{(hour + 2) % 24:02}.{minute:02}",
            f"{hour:02}:{minute:02}:{second:02},{rng.randrange(1000):03}",
        )
    )


def epoch(rng: random.Random) -> str:
    seconds = rng.randint(1_000_000_000, 1_999_999_999)
    return f"{seconds}{figures(rng, rng.choice((1, 3, 6, 9)), string.digits) if rng.random() < 0.7 else ''}"


def price(rng: random.Random) -> str:
    amount = rng.randint(1, 10 ** rng.randint(2, 9))
    spaced = f"{amount:,}".replace(",", rng.choice((" ", ".", "'", ",", "\u202f", "\u00a0")))
    return rng.choice(
        (f"${amount:,}.{rng.randrange(100):02}", f"{spaced} EUR", f"€{spaced}", f"{amount} USD",
         f"£{amount}.{rng.randrange(100):02}", f"{spaced},{rng.randrange(100):02} €")
    )  # fmt: skip


def address(rng: random.Random) -> str:
    parts = [str(rng.randrange(256)) for _ in range(4)]
    return rng.choice(
        (
            ".".join(parts),
            ".".join(part.zfill(3) for part in parts),
            ".".join(parts) + f":{rng.randint(1, 65535)}",
            ".".join(parts) + f"/{rng.randrange(33)}",
            ":".join(f"{rng.randrange(65536):x}" for _ in range(8)),
            ":".join(f"{rng.randrange(256):02x}" for _ in range(6)),
            "-".join(f"{rng.randrange(256):02X}" for _ in range(6)),
        )
    )


def version(rng: random.Random) -> str:
    one = ".".join(str(rng.randrange(10 ** rng.randint(1, 3))) for _ in range(rng.randint(2, 4)))
    return rng.choice(("", "v", "version ", "lodash@", "pkg@^", "==")) + one


def place(rng: random.Random) -> str:
    lat, lon, size = rng.uniform(-90, 90), rng.uniform(-180, 180), rng.randint(3, 8)
    return rng.choice(
        (f"{lat:.{size}f}, {lon:.{size}f}", f"{lat:+.{size}f} {lon:+.{size}f}",
         f"{abs(lat):.{size}f}° N, {abs(lon):.{size}f}° E", f"@{lat:.7f},{lon:.7f},17z",
         f"({lat:.{size}f},{lon:.{size}f})", f"{lat:.{size}f} {lon:.{size}f}")
    )  # fmt: skip


def decimal(rng: random.Random) -> str:
    return rng.choice(
        (repr(rng.random()), repr(rng.uniform(1, 10)), f"{rng.uniform(0, 1000):.12f}",
         f"{rng.random():.3e}", f"-{rng.random()!r}", repr(rng.gauss(0, 1e6)))
    )  # fmt: skip


def code_of_goods(rng: random.Random) -> str:
    letters = "".join(rng.choice(string.ascii_uppercase) for _ in range(rng.randint(2, 4)))
    groups = [figures(rng, rng.randint(2, 6), string.digits) for _ in range(rng.randint(1, 4))]
    return rng.choice(
        (f"{letters}-{'-'.join(groups)}", f"{letters}{''.join(groups)}", f"{'-'.join(groups)}-{letters}",
         f"{letters}_{'_'.join(groups)}", f"{letters} {int(groups[0])}/{groups[-1]}")
    )  # fmt: skip


CODE = (
    "for (let i = 0; i < {n}; i++) {{ total += rows[i].price * {d}; }}",
    "password = getpass.getpass('Password: ')",
    "token = tokenizer.next_token()",
    "api_key = os.environ['API_KEY']",
    "api_key=YOUR_API_KEY",
    "export API_KEY=<your-key>",
    "def login(username: str, password: str) -> Token:",
    "const token = await getToken(user, password);",
    "if not password: raise ValueError('password is required')",
    "SELECT * FROM orders WHERE id = {n} AND total > {d};",
    "git clone git@github.com:acme/widgets.git",
    "pip install requests=={v}",
    "npm install @angular/core@{v}",
    "import {{ Component }} from '@angular/core';",
    "@app.route('/orders/<int:order_id>')",
    "@property\ndef total(self) -> int: ...",
    "x = A @ B.T + {d}",
    "y = self.weight @ x.reshape({n}, 3)",
    "color: #{h6}; margin: 0 {n}px;",
    "background: rgba(12, 34, 56, 0.{n})",
    "int crc = 0x{h8}; long mask = 0b101010101010;",
    "assert sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) == 55",
    "print('0123456789')",
    "alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'",
    "[{n}, {n}, {n}, {n}]",
    "<td>{n}</td><td>{d}</td>",
    "commit {h40}",
    "docker pull nginx@sha256:{h64}",
    '"etag": "{h32}", "size": {n}',
    '"token": "string", "password": "string"',
    "password: required|min:8|confirmed",
    "Content-Length: {n}",
    "Cache-Control: max-age=31536000",
    "user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0",
    "2^{n} = 1267650600228229401496703205376",
    "3.14159265358979323846 and 2.718281828459045",
)
SENTENCES = (
    "Order {n10} was sent on {date}.",
    "Your order number is {n10}.",
    "Order #{n3}-{n7}-{n7} has arrived.",
    "order no. {n12}",
    "Tracking number: {n12}",
    "tracking {n16}",
    "Tracking no. {n20}",
    "Parcel 1Z{a6}{n10}",
    "Parcel 00{n18}",
    "Parcel {n4} {n4} {n4} {n4} {n4} {n2}",
    "Invoice {n8} of {date}",
    "Invoice no. 2026-{n6}",
    "ticket #{n8}",
    "case number is {n2}-{n6}",
    "reference {n9}",
    "Reference: {a6}",
    "booking {a6}, seat 12A",
    "SKU {n5}-{n2}",
    "SKU {n3}-{n3}-{n4}",
    "Item no. {n3}.{n3}.{n2}",
    "Part number {n4}-{n3}-{n3}",
    "serial number {a6}{n8}",
    "Serial: {n12}",
    "IMEI {n15}",
    "Model {a6}-{n4}",
    "customer {n8}",
    "Room {n3}, floor 2, building {n2}",
    "ZIP 0{n4}-{n4} or 9{n4}",
    "postcode 0{n4} 0{n4}",
    "{n2} to {n2} days, {n2} %, {n3} people",
    "{n3} {n3} {n3} people live there",
    "about {n7} customers and {n9} orders",
    "{n4} {n4} {n4}",
    "{n2} {n2} {n2} {n2}",
    "2019 2020 2021 2022 2023",
    "1998-2004, 2005-2011, 2012-2026",
    "pages {n3}-{n3}, {n4}-{n4}",
    "Vol. 45 (12), pp. 1234-1456",
    "doi:10.{n4}/s{n5}-{n3}-{n5}-x",
    "https://doi.org/10.1016/0304-3975(95)00123-4",
    "ISSN 0317-8471",
    "RFC 3339, ISO 27001:2022, DIN EN 1234-5",
    "https://shop.example/p/{n8}-blue-shirt?size={n2}",
    "https://shop.example/t/{n18}",
    "https://example.com/a/{uuid}",
    "https://www.youtube.com/watch?v={a6}{a6}",
    "see {uuid}",
    "id {h32}",
    "hash {h64}",
    "{h40}",
    "sha256:{h64}",
    "file-{h8}.js",
    "chat-{n16}",
    "conv_{n16}",
    "msg {n18}",
    "user{n5} said hi",
    "{goods} is in stock",
    "size {n2}, {goods}",
    "barcode {ean}",
    "EAN {ean}",
    "{ean}",
    "ISBN {isbn}",
    "{isbn}",
    "from {date} on",
    "{date} {date}",
    "at {epoch}",
    "{epoch}",
    "timestamp={epoch}",
    "It costs {price}",
    "{price} plus {price}",
    "at {place}",
    "{place}",
    "server {ip} is down",
    "{ip}",
    "{version} is out",
    "from {version} to {version}",
    "score {d}",
    "{d} {d} {d}",
    "loss: {d}, step: {n5}",
    "score 0.{n16}",
    "ratio = {n}.{n16}",
    "look at example.com for more",
    "meet us at the store at noon, or at nordstrom.com",
    "shop at example.com today",
    "ask @support or @acorn",
    "@jo thanks!",
    "10 @ 5.99 each",
    "dot your i, at last",
    "I forgot my password. The password is wrong.",
    "Your password must be at least 8 characters long.",
    "Reset your password: click the link below.",
    "Password: required",
    "The secret is patience. The key to success: practice.",
    "Enter the token from the mail to sign in.",
    "the token is invalid or expired",
    "Keys: 3, tokens: {n5}, passes: 12",
    "max_tokens: {n4}, total tokens = {n5}",
    "bearer of bad news, basic arithmetic, basic instructions",
    "bearer tokens are explained in the documentation",
    "Basic authentication is not recommended",
    "cookie: a small file. Cookie dough: flour, sugar.",
    "a session lasts 30 minutes; session: morning",
    "PIN the message to the board, pin 3 posts",
    "The pin code area, zip code {n5}",
    "error code {n4}, code {n6}",
    "code: {n4}",
    "the code is on page {n3}",
    "call 911 or 112 now",
    "Call us 24/7, 365 days",
    "text 12345 to vote",
    "my phone is an iPhone 15 Pro 256",
    "mobile data 5000000 bytes",
    "de 89 people, gb 82 of {n4} {n4}",
    "skating-is-fun-in-winter-and-summer-too",
    "sk-learn and pk-means-are-not-keys-at-all",
    "task_runner_for_the_night_shift_2026",
    "key-value-store-with-many-words-in-it",
    "live_stream_of_the_big_event_tonight",
    "flight {a6} at gate B{n2}, row {n2}",
    "account ending in {n4}",
    "card ending {n4}, **** **** **** {n4}",
    "lot {n6}, batch {n8}",
    "{n3}-{n2} vs {n2}-{n3}",
    "won 3-2, 21-19, 18-21, 21-17",
    "ratio 16:9, 1920x1080, 3840 x 2160",
    "the year 2026, 12 March 1998, 05.06.26",
    "1,234,567 and 12 345 678 and 1.234.567,89",
    "+2 points, +15%, -3 °C, +{n3}",
    "2 + 2 = 4; 1234567 + 7654321 = 8888888",
    "(1) first (2) second (3) third 2024",
    "§ 12 (3) 4711, Art. 5 (1)",
    "Fig. 3.14.15, Section 10.2.14.3",
    "case 1:21-cv-{n5}, docket {n2}-{n4}",
)  # fmt: skip


class Words(dict[str, str]):
    """What the places of a text are filled with: n5 five figures, h40 so many of a digest..."""

    MAKERS: ClassVar[dict[str, Make]] = {
        "uuid": a_uuid, "goods": code_of_goods, "ean": barcode, "isbn": book, "date": moment,
        "epoch": epoch, "price": price, "place": place, "ip": address, "version": version,
        "d": decimal, "n": lambda rng: figures(rng, rng.randint(1, 7)),
        "v": lambda rng: f"{rng.randrange(30)}.{rng.randrange(20)}.{rng.randrange(9)}",
        "a6": lambda rng: "".join(rng.choices(string.ascii_uppercase + string.digits, k=6)),
    }  # fmt: skip

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self.rng = rng

    def __missing__(self, name: str) -> str:
        if name in self.MAKERS:
            return self.MAKERS[name](self.rng)
        count = int(name[1:])
        if name[0] == "n":
            return figures(self.rng, count)
        return hashlib.sha512(self.rng.randbytes(8)).hexdigest()[:count]


def harmless_texts(count: int, seed: int) -> Iterator[str]:
    """So many texts; the same for the same seed."""
    rng = random.Random(seed)
    shapes = (*SENTENCES, *CODE)
    words = Words(rng)
    for _ in range(count):
        yield rng.choice(shapes).format_map(words)
