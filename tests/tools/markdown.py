"""Parses pages as GitHub does, and fails where anything in them comes from somebody else's text but code spans."""

import pathlib
import re
import sys

import cmarkgfm
import html5lib
from cmarkgfm.cmark import Options

EXTENSIONS = ["table", "autolink", "strikethrough", "tagfilter", "tasklist"]
# What a page is made of.
OURS = {
    "DOCUMENT_FRAGMENT", "h3", "h4", "p", "strong", "code", "blockquote", "ul", "ol", "li", "table", "thead",
    "tbody", "tr", "th", "td", "details", "summary", "hr", "sub", "a",
}
LINK = "https://github.com/acme/credits/actions/runs/17"
# What GitHub would make something of, outside code: mentions, references, shortcodes, addresses, maths.
ACTIVE = re.compile(r"@|https?:|www\.|#\d|\bGH-\d|:[a-z_+-][a-z0-9_+-]*:|\$|\b[0-9a-f]{7,40}\b|\[|\]")
HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")


def parse(text):
    html = cmarkgfm.markdown_to_html_with_extensions(
        text, options=Options.CMARK_OPT_UNSAFE, extensions=EXTENSIONS
    )
    return html, html5lib.parseFragment(html, namespaceHTMLElements=False)


def shape(element):
    """The elements without any text: what a page looks like, whatever the names are."""
    children = [shape(child) for child in element if isinstance(child.tag, str)]
    return (element.tag, tuple(sorted(element.attrib.items())), tuple(children))


def outside_code(element):
    """All text that does not stand in code."""
    if not isinstance(element.tag, str):
        yield element.tail or ""
        return
    if element.tag != "code":
        yield element.text or ""
        for child in element:
            yield from outside_code(child)
    yield element.tail or ""


def comments(element):
    return [child for child in element.iter() if not isinstance(child.tag, str)]


def fail(name, what):
    print(f"{name}: {what}")
    sys.exit(1)


def check(name, text, root):
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag not in OURS:
            fail(name, f"an element <{element.tag}>")
        allowed = {"a": {"href"}, "details": {"open"}, "th": {"align"}, "td": {"align"}, "ol": {"start"}}
        if set(element.attrib) - allowed.get(element.tag, set()):
            fail(name, f"attributes of <{element.tag}>: {element.attrib}")
        if element.tag == "a" and element.attrib.get("href") != LINK:
            fail(name, f"a link to {element.attrib.get('href')}")
    for table in root.iter("table"):
        widths = {len([cell for cell in row if cell.tag in ("td", "th")]) for row in table.iter("tr")}
        if len(widths) != 1:
            fail(name, f"rows of {sorted(widths)} cells in one table")
    marks = comments(root)
    if len(marks) != 1 or not text.startswith("<!-- bursar:"):
        fail(name, f"{len(marks)} comments")
    prose = "".join(outside_code(root)).replace("[!CAUTION]", "").replace("[!WARNING]", "")
    if found := ACTIVE.search(prose):
        fail(name, f"{found.group()!r} outside code: {prose[max(0, found.start() - 40):found.end() + 40]!r}")
    if found := HIDDEN.search(text):
        fail(name, f"hidden {found.group()!r}")
    if len(text) > 65_536 or len(text.encode()) > 60_000:
        fail(name, f"{len(text)} characters")


def alerts(html):
    """GitHub's boxes, which its Markdown library leaves to GitHub itself."""
    for word in ("CAUTION", "WARNING"):
        html = html.replace(f"<blockquote>\n<p>[!{word}]\n", f'<blockquote class="{word.lower()}">\n<p>')
    return html


STYLE = """
body { margin: 24px; background: #fff; } .markdown-body { max-width: 860px; font-size: 14px; }
.markdown-body blockquote.caution { border-left-color: #cf222e; color: inherit; }
.markdown-body blockquote.warning { border-left-color: #9a6700; color: inherit; }
"""


def main():
    folder = pathlib.Path(sys.argv[1])
    shapes, pages = {}, sorted(folder.glob("*.md"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        html, root = parse(text)
        check(page.name, text, root)
        css = "<link rel=stylesheet href=../github-markdown.css>"
        page.with_suffix(".html").write_text(
            f"<!doctype html><meta charset=utf-8>{css}<style>{STYLE}</style><body><article class=markdown-body>"
            f"{alerts(html)}</article>",
            encoding="utf-8",
        )
        if page.name.startswith("hostile-"):
            kind = page.name.split("-")[1]
            shapes.setdefault(kind, []).append((page.name, shape(root)))
    hostile = 0
    for kind, all_of_kind in shapes.items():
        tame = next(found for name, found in all_of_kind if "0-tame" in name)
        for name, found in all_of_kind:
            hostile += 1
            if found != tame:
                fail(name, "not the same elements as of a tame text")
    # A check that cannot fail is none.
    for bad in ("@acme/all", "<b>x</b>", "[x](https://evil.example)", "https://evil.example", "| a |", "#12"):
        text = pages[0].read_text(encoding="utf-8") + f"\n\n{bad}\n"
        try:
            devnull, sys.stdout = sys.stdout, open("/dev/null", "w", encoding="utf-8")
            check("bad", text, parse(text)[1])
        except SystemExit:
            continue
        finally:
            sys.stdout = devnull
        if bad != "| a |":
            fail("self-test", f"{bad!r} was not seen")
    print(f"cmarkgfm: {len(pages)} pages, {hostile} of hostile text, are nothing but what they should be")


if __name__ == "__main__":
    main()
