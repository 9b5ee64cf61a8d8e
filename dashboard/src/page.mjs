// The page as text: everything but the drawings, which draw.js adds.  What it
// says can be read without a script, by a screen reader, and by tests.
import { charts, figures, sections } from './questions.mjs';

const numeric = /^-?\d+(\.\d+)?$/;

function escape(text) {
	return String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
}

// JSON inside a script element must not end it.
function embed(value) {
	return JSON.stringify(value).replace(/</g, '\\u003c');
}

// active_users becomes "Active users"
function words(name) {
	const text = name.replace(/_/g, ' ');
	return text[0].toUpperCase() + text.slice(1);
}

function cell(value, isNumber) {
	return `<td${isNumber ? ' class="number"' : ''}>${value === null ? '' : escape(value)}</td>`;
}

function table({ columns, rows }, title) {
	const isNumber = columns.map((name) => rows.some((row) => row[name] !== null) &&
		rows.every((row) => row[name] === null || numeric.test(row[name])));
	const head = columns.map((name, i) => `<th scope="col"${isNumber[i] ? ' class="number"' : ''}>${escape(words(name))}</th>`);
	const body = rows.map((row) => `<tr>${columns.map((name, i) => cell(row[name], isNumber[i])).join('')}</tr>`);

	return `<table><caption class="soft">${escape(title)}, ${rows.length} rows</caption>` +
		`<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

// A cell that a spreadsheet would take for a formula is quoted with a '.
function csv({ columns, rows }) {
	const field = (value) => {
		let text = value === null ? '' : String(value);
		if (/^[=+@\t\r]|^-(?!\d)/.test(text)) text = `'${text}`;
		return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
	};
	const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
	return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('');
}

function link(answer) {
	const data = Buffer.from(`\ufeff${csv(answer)}`).toString('base64');
	return `<a download="${answer.id}.csv" href="data:text/csv;charset=utf-8;base64,${data}">CSV</a>`;
}

// A value as people read it: thousands apart, the unit behind.
function shown(value, unit) {
	if (value === null) return '–';
	const text = numeric.test(value)
		? value.replace(/^(-?\d+)/, (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ','))
		: value;
	return escape(text) + (unit ? ` <small>${escape(unit)}</small>` : '');
}

function figure(question, answer) {
	const row = answer.rows[0] ?? { value: null, note: null };
	return `<div><dt>${escape(question.title)}</dt>` +
		`<dd class="value${String(row.value ?? '').length > 9 ? ' long' : ''}" data-figure="${question.id}" data-value="${escape(row.value ?? '')}">${shown(row.value, question.unit)}</dd>` +
		`<dd class="soft">${escape(row.note ?? '')}</dd></div>`;
}

function chart(question, answer) {
	return `<figure class="chart" id="${question.id}" aria-labelledby="${question.id}-title">
<h3 id="${question.id}-title">${escape(question.title)}</h3>
<figcaption>${escape(question.about)}</figcaption>
<div class="plot" data-chart="${question.id}">${answer.rows.length ? '' : '<p class="empty">Nothing to show yet</p>'}</div>
<details><summary>As a table</summary>
<p>${link(answer)}</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="${question.id}-title">${table(answer, question.title)}</div>
</details>
</figure>`;
}

// The HTML of data as read() returns it.
export function page(data, style, script) {
	const answer = new Map([...data.figures, ...data.charts].map((each) => [each.id, each]));
	const nav = sections.map((section) => `<li><a href="#${section.id}">${escape(section.title)}</a></li>`);
	const body = sections.map((section) => `<section aria-labelledby="${section.id}">
<h2 id="${section.id}">${escape(section.title)}</h2>
<div class="charts">
${charts.filter((question) => question.section === section.id).map((question) => chart(question, answer.get(question.id))).join('\n')}
</div>
</section>`);
	const { as_of, refreshed_at, refresh_status, database } = data.facts;

	return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="zoom_gold">
<title>Zoom usage · ${escape(database)}</title>
<link rel="icon" href="data:,">
<style>
${style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the figures</a>
<header>
<h1>Zoom usage</h1>
<p class="soft">${escape(database)}, as of ${escape(as_of)} UTC. Last refresh: ${escape(refreshed_at ?? 'never')}, ${escape(refresh_status ?? 'no run in the log')}.</p>
<nav aria-label="Sections"><ul>${nav.join('')}</ul></nav>
</header>
<main id="content">
<dl class="figures">
${figures.map((question) => figure(question, answer.get(question.id))).join('\n')}
</dl>
${body.join('\n')}
</main>
<footer>
<p>Read from schema ${escape(data.schema)}${data.schema.endsWith('masked') ? ': names of people are pseudonyms' : ''}. Days, ISO weeks and months are cut in UTC. Dashed and pale: a period that is not over yet.</p>
</footer>
<script type="application/json" id="data">${embed(data.charts)}</script>
<script>
${script}</script>
</body>
</html>
`;
}
