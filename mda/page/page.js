"use strict";
for (const section of document.querySelectorAll("section.table")) {
	const body = section.querySelector("tbody");
	const heads = [...section.querySelectorAll("th")];
	const rows = [...body.rows];
	// On a narrow screen the cells are blocks; the roles keep them a table for a screen reader.
	for (const row of rows) {
		row.setAttribute("role", "row");
		[...row.cells].forEach((cell, i) => {
			cell.setAttribute("role", "cell");
			cell.dataset.column = heads[i].textContent;
		});
	}

	const compare = new Intl.Collator(undefined, {numeric: true}).compare;
	function sort(column) {
		const up = heads[column].getAttribute("aria-sort") !== "ascending";
		heads.forEach((head, i) => {
			if (i === column)
				head.setAttribute("aria-sort", up ? "ascending" : "descending");
			else
				head.removeAttribute("aria-sort");
		});
		const text = row => row.cells[column].textContent;
		rows.sort((a, b) => (up ? 1 : -1) * compare(text(a), text(b)));
		body.append(...rows);
	}
	if (rows.length < 2)
		continue;
	heads.forEach((head, i) => {
		const button = document.createElement("button");
		button.type = "button";
		button.textContent = head.textContent;
		button.addEventListener("click", () => sort(i));
		head.replaceChildren(button);
	});

	const bar = document.createElement("div");
	const label = document.createElement("label");
	const input = document.createElement("input");
	const count = document.createElement("output");
	bar.className = "filter";
	input.type = "search";
	input.id = "filter-" + document.querySelectorAll(".filter").length;
	label.htmlFor = input.id;
	label.textContent = "Filter";
	function filter() {
		const wanted = input.value.toLowerCase();
		for (const row of rows)
			row.hidden = !row.textContent.toLowerCase().includes(wanted);
		const shown = rows.filter(row => !row.hidden).length;
		count.textContent = shown + " of " + rows.length + " rows";
	}
	input.addEventListener("input", filter);
	filter();
	bar.append(label, input, count);
	section.querySelector(".frame").before(bar);
}
