// Look at a dashboard with Chromium, as a test does:
//
//	node check.mjs FILE [SCREENSHOT.png]
//
// Prints "ok ..." or "not ok ..." per test.  Every figure and every table of
// the page is compared with what its question says now, asked by psql over
// the same connection.
import { execFileSync, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { charts, figures } from './src/questions.mjs';

const [file, screenshot] = process.argv.slice(2);
if (!file) {
	console.error('usage: node check.mjs FILE [SCREENSHOT.png]');
	process.exit(2);
}

let failed = 0;

function report(name, complaints) {
	const list = [].concat(complaints).filter(Boolean);
	if (list.length) failed++;
	console.log(`${list.length ? 'not ok' : 'ok'} ${name}`);
	for (const complaint of list.slice(0, 10)) console.log(`# ${String(complaint).slice(0, 300)}`);
}

// The page as Chromium has made it, and what it said.
function browse(size, scheme, ...more) {
	return spawnSync('chromium', [
		'--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--enable-logging=stderr', '--v=0',
		`--window-size=${size}`, '--virtual-time-budget=5000', ...(scheme === 'dark' ? ['--force-dark-mode', '--blink-settings=preferredColorScheme=0'] : []),
		...more, `file://${resolve(file)}`
	], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

function unescape(text) {
	return text.replace(/<[^>]*>/g, '').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"')
		.replace(/&nbsp;/g, '\u00a0').replace(/&amp;/g, '&');
}

// The rows of a question, fields apart by \x1f, rows by \x1e.
function ask(sql) {
	const schema = /Read from schema (\w+)/.exec(page)[1];
	const out = execFileSync('psql', ['-XqAt', '-F', '\x1f', '-R', '\x1e', '-v', 'ON_ERROR_STOP=1',
		...(process.env.DATABASE_URL ? ['-d', process.env.DATABASE_URL] : []),
		'-c', "SET TimeZone = 'UTC'", '-c', `SET search_path = ${schema}, ${schema.replace('_bi', '')}`, '-c', sql], { encoding: 'utf8', maxBuffer: 1 << 28 });
	return out === '' || out === '\n' ? [] : out.replace(/\n$/, '').split('\x1e').map((row) => row.split('\x1f'));
}

const wide = browse('1280,2000', 'light', '--dump-dom');
const page = wide.stdout;

report('the page has its title', /<title>Zoom usage/.test(page) ? [] : [page.slice(0, 200)]);
report('the console is silent', wide.stderr.split('\n').filter((line) => /CONSOLE/.test(line)));
report('nothing is fetched', (page.match(/<(?:script|link|img|iframe)[^>]*(?:src|href)="(?!data:)[^"]*"/g) ?? []));
const drawn = (page.match(/<svg[^>]*role="img"/g) ?? []).length;
const wanted = charts.filter(({ id }) => !new RegExp(`data-chart="${id}"[^>]*><p class="empty">`).test(page)).length;
report(`${charts.length} charts, each drawn where it has data`, drawn === wanted && wanted > 0 ? [] : [`${drawn} of ${wanted} are drawn`]);
report('every drawing has a description and an axis', (page.match(/<svg[^>]*role="img"[^>]*>/g) ?? []).filter((svg) => !/aria-label="[^"]+"/.test(svg)));

report('months stand in their order', (page.match(/<svg[^>]*role="img".*?<\/svg>/gs) ?? []).map((svg) => (svg.match(/>\d\d-\d\d</g) ?? []).join(' '))
	.filter((months) => months !== months.split(' ').sort().join(' ')));

for (const { id, title, sql } of figures) {
	const shown = new RegExp(`data-figure="${id}" data-value="([^"]*)"[^>]*>(.*?)</dd>`, 's').exec(page);
	const value = ask(sql)[0]?.[0] ?? '';
	report(`figure: ${title}`, !shown ? 'is not there'
		: unescape(shown[1]) !== value ? `${shown[1]} instead of ${value}`
		: value !== '' && unescape(shown[2]).replace(/,/g, '').split(' ')[0] !== value ? `prints ${shown[2]} instead of ${value}` : []);
}
for (const { id, title, sql } of charts) {
	const body = new RegExp(`id="${id}".*?<tbody>(.*?)</tbody>`, 's').exec(page);
	const seen = (body?.[1].match(/<tr>.*?<\/tr>/gs) ?? []).map((row) => (row.match(/<td[^>]*>.*?<\/td>/gs) ?? []).map(unescape).join('|'));
	const rows = ask(sql).map((row) => row.join('|').replace(/\s*\n\s*/g, ' '));
	const differ = rows.length === seen.length ? rows.filter((row, i) => row !== seen[i].replace(/\s*\n\s*/g, ' ')) : [`${seen.length} rows instead of ${rows.length}`];
	report(`table: ${title}`, differ);
}
const phone = browse('390,844', 'dark', '--dump-dom');
report('a phone draws as much', (phone.stdout.match(/<svg[^>]*role="img"/g) ?? []).length === drawn ? [] : ['fewer charts']);
if (screenshot) {
	browse('1280,5200', 'light', `--screenshot=${resolve(screenshot)}`);
	browse('390,9000', 'dark', `--screenshot=${resolve(screenshot).replace(/\.png$/, '')}-phone-dark.png`);
}
process.exit(failed ? 1 : 0);
