// Draws the charts of the page from the rows it holds.  Colours are variables
// of the style sheet, so that light and dark need no second drawing.
import * as Plot from '@observablehq/plot';

const data = new Map(JSON.parse(document.getElementById('data').textContent).map((chart) => [chart.id, chart.rows]));

const palette = ['var(--blue)', 'var(--orange)', 'var(--teal)', 'var(--purple)', 'var(--red)', 'var(--sky)', 'var(--olive)'];
const movements = {
	New: 'var(--teal)', Expansion: 'var(--blue)', Reactivation: 'var(--sky)',
	Contraction: 'var(--orange)', Churn: 'var(--red)'
};

const number = (text) => (text === null ? NaN : Number(text));
const day = (text) => new Date(`${text}T00:00:00Z`);
const complete = (row) => row.is_complete === 't';
const distinct = (rows, name) => [...new Set(rows.map((row) => row[name]))];
const amount = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });

// A name that has room beside a chart: what is cut off is told by the tip and the
// table.
function brief(width) {
	const most = Math.max(8, Math.floor(width / 7.5));
	const letters = new Intl.Segmenter();
	return (name) => {
		const all = Array.from(letters.segment(name), ({ segment }) => segment);
		return all.length > most ? all.slice(0, most - 1).join('') + '…' : name;
	};
}

// What all charts share: UTC, a zero line, labelled axes.
function plot(element, width, options) {
	const { x, y, ...rest } = options;
	return Plot.plot({
		width,
		height: Math.max(220, Math.min(320, width * 0.5)),
		marginLeft: 52,
		marginTop: 28,
		style: { background: 'none', color: 'var(--ink)', fontSize: '12px', fontFamily: 'inherit' },
		x: { type: 'utc', label: null, ticks: Math.max(3, Math.floor(width / 95)), ...x },
		y: { grid: true, nice: true, tickFormat: (value) => compact.format(value), ...y },
		...rest
	});
}

// Where all is 0, zero shall be at the bottom, not everywhere.
const upright = (label, points) => ({ label, zero: true, ...(points.some(({ y }) => y) ? {} : { domain: [0, 1] }) });

const tip = (title) => ({ x: 'x', y: 'y', title, maxRadius: 40 });
const when = (row, name) => row[name] + (complete(row) ? '' : ' (running)');

// One number per period: whole ones as a line, the running one dashed.
function line(name, value, label, unit = '') {
	return (rows, width, element) => {
		const points = rows.map((row) => ({ x: day(row[name]), y: number(row[value]), row }));
		const whole = points.filter(({ row }) => complete(row));
		const running = points.slice(Math.max(0, whole.length - 1));
		return plot(element, width, {
			y: upright(label, points),
			marks: [
				Plot.ruleY([0], { stroke: 'var(--line)' }),
				Plot.areaY(whole, { x: 'x', y: 'y', fill: palette[0], fillOpacity: 0.12 }),
				Plot.lineY(whole, { x: 'x', y: 'y', stroke: palette[0], strokeWidth: 1.75 }),
				Plot.lineY(running, { x: 'x', y: 'y', stroke: palette[0], strokeDasharray: '4,4' }),
				Plot.dot(points.filter(({ row }) => !complete(row)), { x: 'x', y: 'y', stroke: palette[0], fill: 'var(--card)', r: 4 }),
				Plot.tip(points, Plot.pointerX(tip(({ row }) => `${when(row, name)}\n${amount.format(number(row[value]))}${unit}`)))
			]
		});
	};
}

// One bar per period; the running one pale, with a dashed edge.
function bars(name, value, label, interval, color = palette[0], unit = '') {
	return (rows, width, element) => {
		const points = rows.map((row) => ({ x: day(row[name]), y: number(row[value]), row }));
		const options = { x: 'x', y: 'y', interval, inset: interval === 'month' ? 2 : 0.5 };
		return plot(element, width, {
			y: upright(label, points),
			marks: [
				Plot.ruleY([0], { stroke: 'var(--line)' }),
				Plot.rectY(points.filter(({ row }) => complete(row)), { ...options, fill: color }),
				Plot.rectY(points.filter(({ row }) => !complete(row)),
					{ ...options, fill: color, fillOpacity: 0.3, stroke: color, strokeDasharray: '3,3' }),
				Plot.tip(points, Plot.pointerX({ ...tip(({ row }) => `${when(row, name)}\n${amount.format(number(row[value]))}${unit}`), interval }))
			]
		});
	};
}

// One line per series, named at its end.
function lines(name, series, value, label, unit = '') {
	return (rows, width, element) => {
		const keys = distinct(rows, series);
		const color = (key) => palette[keys.indexOf(key) % palette.length];
		const points = rows.map((row) => ({ x: day(row[name]), y: number(row[value]), key: row[series], row }));
		legend(element, keys.map((key) => [key, color(key)]), points.some(({ row }) => !complete(row)));
		return plot(element, width, {
			y: upright(label, points),
			marks: [
				Plot.ruleY([0], { stroke: 'var(--line)' }),
				...keys.flatMap((key) => {
					const mine = points.filter((point) => point.key === key);
					const whole = mine.filter(({ row }) => complete(row));
					return [
						Plot.lineY(whole, { x: 'x', y: 'y', stroke: color(key), strokeWidth: 1.75 }),
						Plot.lineY(mine.slice(Math.max(0, whole.length - 1)), { x: 'x', y: 'y', stroke: color(key), strokeDasharray: '4,4' }),
						Plot.dot(mine, { x: 'x', y: 'y', stroke: color(key), fill: ({ row }) => (complete(row) ? color(key) : 'var(--card)'), r: 2.5 })
					];
				}),
				Plot.tip(points, Plot.pointer(tip(({ key, row }) => `${key}, ${when(row, name)}\n${amount.format(number(row[value]))}${unit}`)))
			]
		});
	};
}

// Parts of each month above and below zero.
function stacks(name, series, value, label, colors) {
	return (rows, width, element) => {
		const points = rows.map((row) => ({ x: day(row[name]), y: number(row[value]), key: row[series], row }));
		legend(element, Object.entries(colors), points.some(({ row }) => !complete(row)));
		return plot(element, width, {
			y: upright(label, points),
			marks: [
				Plot.rectY(points, {
					x: 'x', y: 'y', interval: 'month', inset: 2, order: Object.keys(colors), z: 'key',
					fill: ({ key }) => colors[key], fillOpacity: ({ row }) => (complete(row) ? 1 : 0.4)
				}),
				Plot.ruleY([0], { stroke: 'var(--ink)' }),
				Plot.tip(points, Plot.pointer(Plot.stackY({
					x: 'x', y: 'y', interval: 'month', order: Object.keys(colors), z: 'key',
					title: ({ key, row }) => `${key}, ${when(row, name)}\n${amount.format(number(row[value]))}`
				})))
			]
		});
	};
}

// A cell per month and thing, the number written in it.
function heat(name, series, value, unit = '') {
	return (rows, width, element) => {
		// things begin in months of their own
		const months = distinct(rows, name).sort().slice(-Math.max(3, Math.floor((width - 150) / 46)));
		const shown = rows.filter((row) => months.includes(row[name]));
		const things = distinct(rows, series);
		legend(element, [], shown.some((row) => !complete(row)));
		return Plot.plot({
			width,
			height: 60 + things.length * 30,
			marginLeft: 130,
			marginTop: 30,
			style: { background: 'none', color: 'var(--ink)', fontSize: '12px', fontFamily: 'inherit' },
			x: { type: 'band', domain: months, axis: 'top', label: null, tickFormat: (month) => month.slice(2, 7), padding: 0.06 },
			y: { type: 'band', domain: things, label: null, padding: 0.08, tickFormat: brief(120) },
			marks: [
				Plot.cell(shown, {
					x: name, y: series, fill: 'var(--blue)', rx: 3,
					fillOpacity: (row) => 0.08 + 0.5 * Math.min(1, number(row[value]) / 100),
					stroke: (row) => (complete(row) ? 'none' : 'var(--soft)'), strokeDasharray: '3,3'
				}),
				Plot.text(shown, { x: name, y: series, text: (row) => Math.round(number(row[value])), fill: 'var(--ink)' }),
				Plot.tip(shown, Plot.pointer({ x: name, y: series, title: (row) => `${row[series]}, ${when(row, name)}\n${row[value]}${unit}` }))
			]
		});
	};
}

// Named amounts, the largest on top.
function ranks(name, value, label, color = () => palette[0], colors = {}) {
	return (rows, width, element) => {
		const shown = rows.slice(0, 12);
		const margin = Math.min(260, width * 0.45);
		legend(element, Object.entries(colors), false);
		return Plot.plot({
			width,
			height: 60 + shown.length * 28,
			marginLeft: margin,
			marginRight: 50,
			style: { background: 'none', color: 'var(--ink)', fontSize: '12px', fontFamily: 'inherit' },
			x: { label, grid: true, ticks: 4, tickFormat: (value) => compact.format(value) },
			y: { type: 'band', domain: shown.map((row) => row[name]), label: null, padding: 0.25, tickFormat: brief(margin - 10) },
			marks: [
				Plot.barX(shown, { x: (row) => number(row[value]), y: name, fill: color }),
				Plot.text(shown, { x: (row) => number(row[value]), y: name, text: (row) => amount.format(number(row[value])), textAnchor: 'start', dx: 5, fill: 'var(--ink)' }),
				Plot.ruleX([0], { stroke: 'var(--line)' })
			]
		});
	};
}

const severity = (row) => (row.severity === 'error' ? 'var(--red)' : 'var(--orange)');

// How long ago a relation was read.
const aged = (row) => ({ ...row, hours: row.last_refresh === null ? null : (Date.now() - new Date(row.last_refresh)) / 3600000 });

const drawings = {
	active_users_daily: line('date', 'active_users', 'Users', ' users'),
	active_users_weekly: bars('week_start', 'active_users', 'Users', 'week', palette[0], ' users'),
	active_users_monthly: bars('month_start', 'active_users', 'Users', 'month', palette[0], ' users'),
	stickiness: line('month_start', 'stickiness_rate', 'Per cent', ' %'),
	meeting_minutes: bars('week_start', 'meeting_minutes', 'Minutes', 'week', palette[2], ' minutes'),
	feature_adoption: heat('month_start', 'feature_name', 'adoption_rate', ' %'),
	ticket_resolution: lines('month_start', 'ticket_type', 'average_resolution_hours', 'Hours', ' hours'),
	tickets_per_1000: bars('month_start', 'tickets_per_1000', 'Tickets', 'month', palette[1]),
	mrr: line('month_start', 'monthly_recurring_revenue', 'Revenue'),
	mrr_movements: stacks('month_start', 'movement', 'amount', 'Revenue', movements),
	license_utilization: lines('month_start', 'license_type', 'utilization_rate', 'Per cent', ' %'),
	idle_seats: ranks('seats', 'licences', 'Licences'),
	open_errors: ranks('finding', 'findings', 'Rows', severity, { error: 'var(--red)', warning: 'var(--orange)' }),
	freshness: (rows, ...rest) => ranks('relation', 'hours', 'Hours')(rows.map(aged), ...rest)
};

function legend(element, entries, running) {
	const list = document.createElement('ul');
	list.className = 'legend';
	for (const [name, color] of entries) list.append(entry(name, color));
	if (running) list.append(entry('running period', null));
	element.before(list);
}

function entry(name, color) {
	const item = document.createElement('li');
	const swatch = document.createElement('span');
	swatch.className = color ? 'swatch' : 'swatch running';
	if (color) swatch.style.color = color;
	item.append(swatch, brief(300)(name));
	return item;
}

// What a chart shows, for those who do not see it.
function describe(svg, element) {
	const title = document.getElementById(`${element.dataset.chart}-title`).textContent;
	const rows = data.get(element.dataset.chart).length;
	svg.setAttribute('role', 'img');
	svg.setAttribute('aria-label', `${title}: ${rows} values, given in the table below`);
}

function draw(element) {
	const rows = data.get(element.dataset.chart);
	if (rows.length === 0) return;
	element.parentElement.querySelectorAll('.legend').forEach((list) => list.remove());
	const svg = drawings[element.dataset.chart](rows, Math.floor(element.clientWidth), element);
	describe(svg, element);
	element.replaceChildren(svg);
}

const all = [...document.querySelectorAll('[data-chart]')];
const widths = new Map();

function fit(element) {
	if (widths.get(element) === element.clientWidth) return;
	widths.set(element, element.clientWidth);
	draw(element);
}

// Drawn at once, for pages that are printed and never shown, and anew when there
// is more or less room.
const watch = new ResizeObserver((entries) => requestAnimationFrame(() => entries.forEach(({ target }) => fit(target))));

for (const element of all) {
	fit(element);
	watch.observe(element);
}
