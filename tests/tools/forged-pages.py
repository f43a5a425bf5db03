#!/usr/bin/env python3
"""Forges pages at random, and holds those that action/untrusted.jq takes against GitHub's own reading of Markdown (cmark-gfm).

In what is taken, no text outside of code may mention anybody or refer to anything, no link may lead elsewhere than to a run
of the repository, and no HTML may stand but the few tags that Bursar writes.

usage: forged-pages.py UNTRUSTED.JQ [CASES]
"""

import html.parser
import json
import random
import re
import subprocess
import sys

import cmarkgfm
from cmarkgfm.cmark import Options

RUN = "https://github.com/acme/credits/actions/runs/"
# What a page is made of, and what somebody would try.
PIECES = (
    ["`", "``", "```", "~~~", "\\", "\n", "\n\n", "|", " ", "    ", "\t", "> ", "- ", "1. ", "#", "*", "_", "~", "!", "[", "]",
     "(", ")", ":", "<", ">", "&", ";", "\r", "\f", "\u2028", "\u202e", "\u200b", "\x00", "\u00a0", "-->", "<!--"]
    + ["<details>", "<details open>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>", "<b>", "</b>", "<br>", "<br/>"]
    + ["<img src=x>", "<pre>", "</pre>", "<code>", "</code>", "<script>", "<a href=x>", "<details ontoggle=x>", "<?", "<![CDATA["]
    + ["@bob", "`@bob`", "&#64;bob", "&commat;bob", "\\@bob", "acme/x#1", "#1", "GH-1", "&#35;1", "www.evil.example",
       "https://evil.example", "&#104;ttps://evil.example", "bob@evil.example", "mailto:bob", "xmpp:b@c.d", "ftp://x.y"]
    + ["[x](", "[x](/y)", "[x]: /y", "![x](y)", f"[x]({RUN}1)", f"[x]({RUN}1/../../x)", f"]({RUN}2)", "[^1]", "[^1]: x"]
    + ["| a | b |\n", "| --- | --- |\n", "| `x` | y |\n", "a", "text", "Text", "**", "### Head\n", "---\n", "===\n"]
)
TAGS = {"details", "summary", "sub", "b", "br", "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th",
        "td", "ul", "ol", "li", "blockquote", "strong", "em", "del", "code", "pre", "hr", "a"}
# What GitHub makes a mention or a reference of, in text outside of code.
LIVE = re.compile(r"@[A-Za-z0-9]|(^|[^A-Za-z0-9&])#[0-9]|GH-[0-9]|/[A-Za-z0-9_.-]+#[0-9]")


class Reader(html.parser.HTMLParser):
    """What is wrong with a rendered page."""

    def __init__(self):
        super().__init__()
        self.wrong, self.code, self.text = [], 0, ""

    def handle_starttag(self, tag, attributes):
        self.flush()
        attributes = dict(attributes)
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        allowed = {"details": {"open"}, "a": {"href"}, "td": {"align"}, "th": {"align"}, "ol": {"start"}, "code": {"class"}, "pre": {"lang"}}
        if set(attributes) - allowed.get(tag, set()):
            self.wrong.append(f"<{tag} {attributes}>")
        if tag == "a" and not re.fullmatch(re.escape(RUN) + "[0-9]+", attributes.get("href") or ""):
            self.wrong.append(f"a link to {attributes.get('href')}")
        self.code += tag in ("code", "pre")

    def handle_endtag(self, tag):
        self.flush()
        self.code -= tag in ("code", "pre")

    def handle_data(self, data):
        if not self.code:
            self.text += data

    def handle_comment(self, data):
        self.wrong.append("a comment")

    def handle_pi(self, data):
        self.wrong.append("an instruction")

    def handle_decl(self, data):
        self.wrong.append("a declaration")

    def unknown_decl(self, data):
        self.wrong.append("a declaration")

    def flush(self):
        if LIVE.search(self.text):
            self.wrong.append(f"live text: {self.text.strip()[:60]}")
        self.text = ""


def wrong(page):
    _, _, body = page.partition("\n")
    rendered = cmarkgfm.github_flavored_markdown_to_html(body, options=Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES)
    reader = Reader()
    reader.feed(rendered)
    reader.close()
    reader.flush()
    return reader.wrong, rendered


def main():
    program = open(sys.argv[1], encoding="utf-8").read()
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    chance = random.Random(4)
    pages = []
    for _ in range(cases):
        # Few pieces, so that some are taken; often between things that a page really has.
        pieces = chance.choices(PIECES, k=chance.randint(1, 7))
        if chance.random() < 0.5:
            pieces.insert(chance.randint(0, len(pieces)), chance.choice(["`@bob`", "`<img>`", "`#1`", "`https://x.y`"]))
        pages.append("<!-- bursar:bursar.yaml -->\n" + "".join(pieces) + "\n")
    for page in ("cc @bob", "<img src=x>", "[x](https://evil.example)", "#1"):
        assert wrong("m\n" + page)[0], f"what is wrong is not seen: {page}"
    taken = subprocess.run(
        ["jq", "--arg", "run", re.escape(RUN), f"[.[] | try ({program}) catch null]"],
        input=json.dumps(pages), capture_output=True, text=True, check=True,
    )
    taken = [page for page in json.loads(taken.stdout) if page is not None]
    assert len(taken) > cases / 50, f"only {len(taken)} of {cases} are taken, so little is tested"
    failures = 0
    for page in taken:
        found, rendered = wrong(page)
        if found:
            failures += 1
            if failures <= 10:
                print(f"taken, and wrong: {found}\n{page!r}\n{rendered}", file=sys.stderr)
    if failures:
        sys.exit(f"{failures} pages that should have been refused")
    print(f"cmark-gfm: {cases} forged pages, of which {len(taken)} were taken, and nothing in them is live")


main()
