/* ==========================================================================
 * Words: text as instants, numbers and money
 *
 * A text that is none gives NULL and no error, so that it costs its row and
 * not the step.  (Catching errors in plpgsql costs five times as much.)
 * Functions without a SET clause melt into the queries that use them.
 * ==========================================================================
 */

-- Words are those of programs, not of a language: in Turkish the small I has no
-- dot.  Only letters of an address beyond ASCII are those of the database.
CREATE FUNCTION zoom_silver.to_word(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(btrim(value) COLLATE "C");
COMMENT ON FUNCTION zoom_silver.to_word(text) IS
'A text without surrounding blanks, its ASCII letters small: what words of sources are compared by';

CREATE FUNCTION zoom_silver.to_email(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(zoom_silver.to_word(value) COLLATE "default");
COMMENT ON FUNCTION zoom_silver.to_email(text) IS
'An e-mail address as gold writes it: without surrounding blanks, in small letters';

CREATE FUNCTION zoom_silver.to_title(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(upper(left(zoom_silver.to_word(value), 1) COLLATE "C") || substr(zoom_silver.to_word(value), 2), '');
COMMENT ON FUNCTION zoom_silver.to_title(text) IS
'A word of a source in small letters with a capital one; NULL when it is empty';

-- What Zoom writes is told in a tenth of the time of a regular expression.
CREATE FUNCTION zoom_silver.plain_instant(value text) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
AS '$libdir/zoom_gold', 'zg_plain_instant';
COMMENT ON FUNCTION zoom_silver.plain_instant(text) IS
'The instant a text names as 2025-02-24T15:00:42Z; NULL for any other text';

-- From 2001 on; other digits may be a day and a time of day.
CREATE FUNCTION zoom_silver.from_epoch(value text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN value ~ '^\s*[1-9][0-9]{9}(?:\.[0-9]*)?\s*$' THEN to_timestamp(value::double precision)
	WHEN value ~ '^\s*[1-9][0-9]{12}(?:\.[0-9]*)?\s*$' THEN to_timestamp(value::double precision / 1000)
END;
COMMENT ON FUNCTION zoom_silver.from_epoch(text) IS
'The instant a text names as seconds since 1970, of ten digits, or milliseconds, of 13. NULL for any other text';

CREATE FUNCTION zoom_silver.to_instant(value text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(zoom_silver.plain_instant(value), CASE
	WHEN value !~ ('^\s*(?:[1-9][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))'
		'|(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[13579][26]|[2468][048])00)-02-29)'
		'(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)? ?(?:[Zz]|UTC|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?)?\s*$') THEN zoom_silver.from_epoch(value)
	WHEN value ~ '(?:[Zz]|UTC|:[0-9.]+ ?[+-][0-9:]+)\s*$' THEN value::timestamptz
	ELSE value::timestamp AT TIME ZONE 'UTC'
END);
COMMENT ON FUNCTION zoom_silver.to_instant(text) IS
'The instant a text names, year first, without a zone in UTC, or as seconds or milliseconds since 1970. NULL for any other text';

CREATE FUNCTION zoom_silver.no_instant(value text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN btrim(value) <> '' AND zoom_silver.to_instant(value) IS NULL;
COMMENT ON FUNCTION zoom_silver.no_instant(text) IS 'Whether a text says something that is no instant; NULL where there is no text';

-- Queries need not know which of their columns a connector lands as text.
CREATE FUNCTION zoom_silver.to_instant(value timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value;
COMMENT ON FUNCTION zoom_silver.to_instant(timestamptz) IS 'The instant itself';

CREATE FUNCTION zoom_silver.to_instant(value timestamp) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value AT TIME ZONE 'UTC';
COMMENT ON FUNCTION zoom_silver.to_instant(timestamp) IS 'The instant of a time in UTC';

CREATE FUNCTION zoom_silver.to_whole(value text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value ~ '^[0-9]{1,9}$' THEN value::integer
	WHEN value ~ '^\s*[+-]?[0-9]{1,9}(?:\.0*)?\s*$' THEN value::numeric::integer END;
COMMENT ON FUNCTION zoom_silver.to_whole(text) IS
'The whole number of up to nine digits that a text is, NULL for any other text';

CREATE FUNCTION zoom_silver.to_number(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value ~ '^\s*[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})\s*$' THEN value::numeric END;
COMMENT ON FUNCTION zoom_silver.to_number(text) IS
'The number that a text is, of up to 18 digits before the point; NULL for any other text';

CREATE FUNCTION zoom_silver.to_amount(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN abs(zoom_silver.to_number(value)) < 99999999.995 THEN round(zoom_silver.to_number(value), 2) END;
COMMENT ON FUNCTION zoom_silver.to_amount(text) IS
'The amount of money that a text is, to two decimals; NULL for any other text';

CREATE FUNCTION zoom_silver.without_zeros(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(value, '\.0*\s*$', '');
COMMENT ON FUNCTION zoom_silver.without_zeros(text) IS
'A text without a point and zeros at its end: a whole number as whole numbers are written';

CREATE FUNCTION zoom_silver.to_truth(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN zoom_silver.to_word(zoom_silver.without_zeros(value)) IN ('true', 't', 'yes', 'y', 'on', '1') THEN true
	WHEN zoom_silver.to_word(zoom_silver.without_zeros(value)) IN ('false', 'f', 'no', 'n', 'off', '0') THEN false
END;
COMMENT ON FUNCTION zoom_silver.to_truth(text) IS
'Whether a text says yes, as a word or as 1; NULL for one that says neither yes nor no';

CREATE FUNCTION zoom_silver.no_truth(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN btrim(value) <> '' AND zoom_silver.to_truth(value) IS NULL;
COMMENT ON FUNCTION zoom_silver.no_truth(text) IS 'Whether a text says something that is neither yes nor no; NULL where there is no text';

-- Stripe's list of the currencies without cents, and of those with thousands; ISK and
-- UGX have no cents, but are told in hundredths.
CREATE FUNCTION zoom_silver.from_minor(value text, currency text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN zoom_silver.to_number(value) / CASE
	WHEN currency IS NULL THEN NULL
	WHEN zoom_silver.to_word(currency) IN ('bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf', 'xof', 'xpf') THEN 1
	WHEN zoom_silver.to_word(currency) IN ('bhd', 'jod', 'kwd', 'omr', 'tnd') THEN 1000
	ELSE 100 END;
COMMENT ON FUNCTION zoom_silver.from_minor(text, text) IS
'An amount of money of which a text counts the smallest coins; NULL for a text that is no number, and where the currency is not known';

-- The SQL that reads an expression of any type as a type of the contract, or as
-- a timestamp in UTC.
CREATE FUNCTION zoom_silver.cast_expression(expression text, type regtype, wanted text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN wanted = 'text' THEN words
		WHEN wanted = 'timestamptz' AND type = 'timestamptz'::regtype THEN expression
		WHEN wanted = 'timestamptz' AND type IN ('timestamp'::regtype, 'date'::regtype)
			THEN format('%s::timestamp AT TIME ZONE ''UTC''', expression)
		WHEN wanted = 'timestamptz' THEN format('zoom_silver.to_instant(%s)', words)
		WHEN wanted = 'timestamp' AND type = 'timestamp'::regtype THEN expression
		WHEN wanted = 'timestamp' THEN format('((%s) AT TIME ZONE ''UTC'')', zoom_silver.cast_expression(expression, type, 'timestamptz'))
		WHEN wanted = 'date' AND type = 'date'::regtype THEN expression
		WHEN wanted = 'date' THEN format('((%s) AT TIME ZONE ''UTC'')::date', zoom_silver.cast_expression(expression, type, 'timestamptz'))
		WHEN wanted = 'integer' AND type IN ('integer'::regtype, 'smallint'::regtype) THEN format('%s::integer', expression)
		WHEN wanted = 'integer' THEN format('zoom_silver.to_whole(%s)', words)
		WHEN wanted = 'numeric(10,2)' THEN format('zoom_silver.to_amount(%s)::numeric(10,2)', words)
		WHEN type = 'text'::regtype THEN format('%s::%s', words, wanted)
		ELSE format('%s::%s', expression, wanted)
	END
	FROM zoom_silver.text_expression(expression, type) AS t (words)
$$;
COMMENT ON FUNCTION zoom_silver.cast_expression(text, regtype, text) IS
'SQL that reads an expression of a type as a type of silver; what cannot be read as an instant, a day or a number is NULL';

-- People add columns to silver, and give those of the contract other types: what
-- such a column does not take is NULL, too.  (The cast that does not fail costs
-- a subtransaction, so only what needs one gets it.)
CREATE FUNCTION zoom_silver.column_expression(expression text, type regtype, contract_type text, column_type oid, typmod integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	column_base record := zoom_gold.base_type(column_type, typmod);
	known text := coalesce(contract_type, CASE column_base.base WHEN 'timestamptz'::regtype THEN 'timestamptz' WHEN 'timestamp'::regtype THEN 'timestamp'
		WHEN 'date'::regtype THEN 'date' WHEN 'integer'::regtype THEN 'integer' END);
	value text := CASE WHEN known IS NULL THEN expression ELSE zoom_silver.cast_expression(expression, type, known) END;
	value_type regtype := coalesce(known::regtype, type);
	words text := zoom_silver.text_expression(value, value_type);
BEGIN
	IF column_type = value_type AND (typmod = -1 OR format_type(column_type, typmod) = known) THEN
		RETURN value;
	ELSIF column_base.base IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype) THEN
		IF column_base.base_typmod > 0 THEN
			words := format('CASE WHEN char_length(%1$s) <= %2$s THEN %1$s END', words, column_base.base_typmod - 4);
		END IF;
		IF column_base.base = column_type THEN
			RETURN words;
		END IF;
	ELSIF known IS NULL AND column_base.base IN ('smallint'::regtype, 'bigint'::regtype) THEN
		words := format('zoom_silver.without_zeros(%s)', words);
	ELSIF value_type IN ('json'::regtype, 'jsonb'::regtype) AND column_base.base IN ('json'::regtype, 'jsonb'::regtype) THEN
		words := value || '::text';
	END IF;
	RETURN format('zoom_gold.cast_or_null(%s, NULL::%s, %s)', words, column_type::regtype, typmod);
END
$$;
COMMENT ON FUNCTION zoom_silver.column_expression(text, regtype, text, oid, integer) IS
'SQL that reads an expression of a type as a column of silver, of the type of the contract where that has it; NULL where the column does not take it';

CREATE FUNCTION zoom_silver.text_expression(expression text, type regtype) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
		WHEN type IN ('json'::regtype, 'jsonb'::regtype) THEN format('(%s #>> ''{}'')', expression)
		WHEN type = 'text'::regtype THEN expression
		ELSE format('%s::text', expression)
	END
$$;
COMMENT ON FUNCTION zoom_silver.text_expression(text, regtype) IS 'SQL that reads an expression of a type as text';
