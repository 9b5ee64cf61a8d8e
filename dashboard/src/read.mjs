// What the page shows, read in one snapshot with the rights of a reader.
import pg from 'pg';
import { charts, figures, facts } from './questions.mjs';

// Numbers and dates are shown as the database writes them.
const types = { getTypeParser: () => (value) => value };

// Run every question; { schema, facts, figures, charts }, rows of strings.
export async function read(url) {
	const client = new pg.Client({ connectionString: url, types, application_name: 'zoom_gold dashboard' });

	await client.connect();
	try {
		await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
		await client.query("SET LOCAL TimeZone = 'UTC'");
		await client.query("SET LOCAL DateStyle = 'ISO'");
		const schema = await readable(client);
		await client.query(`SET LOCAL search_path = ${schema}, ${schema.replace('_bi', '')}`);
		return {
			schema,
			facts: (await ask(client, facts)).rows[0],
			figures: await askEach(client, figures),
			charts: await askEach(client, charts)
		};
	} finally {
		await client.end();
	}
}

// The analytic schema that the role may read: with names, or with pseudonyms.
async function readable(client) {
	const { rows } = await client.query(`
		SELECT nspname FROM pg_namespace
		WHERE nspname IN ('gold_bi', 'gold_bi_masked') AND has_schema_privilege(oid, 'USAGE')
		ORDER BY nspname LIMIT 1`);
	if (rows.length === 0) {
		const error = new Error('this role may read neither gold_bi nor gold_bi_masked');
		error.hint = 'SELECT zoom_gold.setup() makes them, SELECT zoom_gold.grant_read(role) lets a role read them.';
		throw error;
	}
	return rows[0].nspname;
}

async function askEach(client, questions) {
	const answers = [];
	for (const question of questions) {
		const { rows, fields } = await ask(client, question);
		answers.push({ id: question.id, rows, columns: fields.map((field) => field.name) });
	}
	return answers;
}

// A question that fails is told by its name.
async function ask(client, { id, sql }) {
	try {
		return await client.query(sql);
	} catch (error) {
		error.message = `${id}: ${error.message}`;
		throw error;
	}
}
