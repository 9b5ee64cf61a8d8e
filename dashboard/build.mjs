// Build the dashboard: one HTML file, read from a database by a reader's role.
//
//	node build.mjs [--out FILE] [DATABASE-URL]
//
// Without a URL the connection comes from PGHOST, PGUSER and so on.  The page
// holds the data, the drawing code and nothing that is fetched.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import { page } from './src/page.mjs';
import { read } from './src/read.mjs';

const here = dirname(fileURLToPath(import.meta.url));

// Words that nobody knows end it with how it is called.
function readArguments() {
	try {
		const { values, positionals } = parseArgs({
			options: { out: { type: 'string', default: 'zoom_gold.html' }, help: { type: 'boolean' } },
			allowPositionals: true
		});
		if (positionals.length <= 1 && !values.help) return { out: values.out, url: positionals[0] };
	} catch (error) {
		console.error(error.message);
	}
	console.error('usage: node build.mjs [--out FILE] [DATABASE-URL]');
	process.exit(2);
}

// The drawing code, as one script.
async function bundle() {
	const result = await esbuild.build({
		entryPoints: [join(here, 'src/draw.js')],
		bundle: true,
		minify: true,
		format: 'iife',
		target: 'es2020',
		legalComments: 'none',
		write: false
	});
	return result.outputFiles[0].text;
}

const { out, url } = readArguments();
try {
	const data = await read(url);
	await writeFile(out, page(data, await readFile(join(here, 'src/page.css'), 'utf8'), await bundle()));
	console.log(out);
} catch (error) {
	console.error(`${error.message || error.code}${error.hint ? `\nhint: ${error.hint}` : ''}`);
	process.exit(1);
}
