"""page_checks.py EXPLAIN TRY PICTURES: looks at the two pages in Chromium, and prints a line a check."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from browser import Browser  # noqa: E402

explain, tried, pictures = sys.argv[1:4]
browser = Browser()

# The contrast of each text with what is behind it (WCAG 2.1, 1.4.3), the least one.
CONTRAST = """(() => {
	const light = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
	const of = rgb => 0.2126 * light(rgb[0]) + 0.7152 * light(rgb[1]) + 0.0722 * light(rgb[2]);
	const numbers = text => text.match(/[\\d.]+/g).map(Number);
	function behind(element) {
		for (; element; element = element.parentElement) {
			const c = numbers(getComputedStyle(element).backgroundColor);
			if (c.length < 4 || c[3] === 1) return c;
		}
		return [255, 255, 255];
	}
	let least = 99, texts = 0;
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node; (node = walk.nextNode());) {
		const parent = node.parentElement;
		if (!node.textContent.trim() || parent.closest("script, style")) continue;
		const a = of(numbers(getComputedStyle(parent).color)), b = of(behind(parent));
		least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
		texts++;
	}
	return texts > 20 ? least : 0;
})()"""
# Texts of which one covers the other. What scrolls in a frame of its own is left out.
OVERLAPS = """(() => {
	const boxes = [], found = [];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node = walk.nextNode(); node; node = walk.nextNode()) {
		if (!node.data.trim() || !node.parentElement.checkVisibility() || node.parentElement.closest("pre, script"))
			continue;
		const range = document.createRange();
		range.selectNodeContents(node);
		for (const box of range.getClientRects())
			boxes.push([box, node.data.trim()]);
	}
	boxes.forEach(([a, text], i) => boxes.slice(i + 1).forEach(([b, other]) => {
		if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
			Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
			found.push(text + " / " + other);
	}));
	return boxes.length > 20 ? found : ["there is no text"];
})()"""
COLUMN = """[...document.querySelectorAll("section.table")][%d].querySelectorAll("tbody tr:not([hidden])")"""


def check(name, good, why=""):
    print(f"{'ok' if good else 'not ok'} {name}" + ("" if good else f": {why}"))


def column(table, number):
    """What the rows that are shown have in the column."""
    return browser.run(f"[...{COLUMN % table}].map(r => r.cells[{number}].textContent)")


def looks(name, path):
    for width, scheme in ((1000, "light"), (1000, "dark"), (360, "light"), (360, "dark")):
        what = f"{name}, {width} pixels, {scheme}"
        browser.look(width, 800, scheme)
        browser.open(path)
        browser.picture(os.path.join(pictures, f"{name}-{width}-{scheme}.png"))
        wide = browser.run("document.documentElement.scrollWidth")
        check(f"{what}: nothing is beside the window", wide <= width, wide)
        covered = browser.run(OVERLAPS)
        check(f"{what}: no text covers another", covered == [], covered[:3])
        least = browser.run(CONTRAST)
        check(f"{what}: each text has a contrast of 4.5 or more", least >= 4.5, least)
        dark = browser.run("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        check(f"{what}: the colours are its own", dark == (scheme == "dark"))
        urls = [u for u in browser.requested if not u.startswith("file://")]
        check(f"{what}: nothing is loaded", not urls and len(browser.requested) == 1, browser.requested)
        check(f"{what}: the browser does not complain", not browser.complaints, browser.complaints)


def is_harmless(name, path):
    browser.look(1000, 800, "light")
    browser.open(path)
    found = browser.run("""[...document.querySelectorAll("img, iframe, object, embed, a, form, link,"
        + " main script, main style, [onerror], [onclick], [href], [src]")].map(e => e.outerHTML)""")
    check(f"{name}: no element comes from a message", found == [], found)
    shown = browser.run("document.querySelector('main').textContent")
    check(f"{name}: what a message says is shown as it is", "<img src=x onerror=alert(1)>" in shown)
    check(f"{name}: what deceives is a question mark",
          "\u202e" not in shown and "gpj?exe" in shown and "\u0007" not in shown)
    browser.run("""(() => { const s = document.createElement("script"); s.textContent = "window.ran = 1";
        document.body.append(s);
        const i = new Image(); i.src = "http://192.0.2.1/x.png"; document.body.append(i); })()""")
    check(f"{name}: its policy lets no other script run", browser.run("window.ran === undefined"))
    check(f"{name}: its policy lets nothing be loaded",
          any("Content Security Policy" in c for c in browser.complaints), browser.complaints)


def explain_reads():
    browser.open(explain)
    stages = browser.run("[...document.querySelectorAll('.flow > li h3')].map(h => h.textContent)")
    wanted = [s for s in ("firewall", "lists", "antispam", "rules", "tag") if s in stages]
    check("explain: the stages are in order", wanted == ["firewall", "lists", "antispam", "rules", "tag"]
          and [s for s in stages if s in wanted] == wanted, stages)
    check("explain: what will be done comes first",
          browser.run("document.querySelector('main').innerText").startswith("Store into Money"))
    check("explain: a screen reader has the headings",
          set(("Message", "Stages, in order", "rules")) <= set(browser.names("heading")), browser.names("heading"))


def try_sorts():
    for width in (1000, 360):
        browser.look(width, 800, "light")
        browser.open(tried)
        counts = [int(n) for n in column(0, 0)]
        check(f"try, {width} pixels: there are rows", len(counts) >= 3, counts)
        heads = browser.names("columnheader")
        check(f"try, {width} pixels: a screen reader has the columns", {"Messages", "Old", "New"} <= set(heads), heads)
        cells = browser.names("cell")
        check(f"try, {width} pixels: and the cells", "Money" in cells, cells)
        browser.run("document.querySelector('section.table th button').focus()")
        browser.press("Enter", 13, "\r")
        up = [int(n) for n in column(0, 0)]
        state = browser.run("document.querySelector('section.table th').ariaSort")
        check(f"try, {width} pixels: Enter sorts by number", up == sorted(counts) and state == "ascending", (up, state))
        browser.press("Enter", 13, "\r")
        down = [int(n) for n in column(0, 0)]
        check(f"try, {width} pixels: and again the other way", down == sorted(counts, reverse=True), down)
        browser.run("document.querySelectorAll('section.table th button')[3].click()")
        new = column(0, 3)
        check(f"try, {width} pixels: a click sorts by text", new == sorted(new, key=str.lower) and len(set(new)) > 1, new)
        browser.run("document.querySelector('input[type=search]').focus()")
        for letter in "money":
            browser.press(letter, ord(letter.upper()), letter)
        found = column(0, 3)
        said = browser.run("document.querySelector('output').textContent")
        check(f"try, {width} pixels: the filter keeps what has the text",
              0 < len(found) < len(counts) and all("Money" in f for f in found), found)
        check(f"try, {width} pixels: and says how many",
              said == f"{len(found)} of {len(counts)} rows", said)
        check(f"try, {width} pixels: the field has a name", "Filter" in browser.names("searchbox"), browser.names("searchbox"))


try:
    browser.open(explain)
    looks("explain", explain)
    looks("try", tried)
    explain_reads()
    try_sorts()
    is_harmless("explain", explain)
    is_harmless("try", tried)
finally:
    browser.close()
print("done")
