/* ==========================================================================
 * Verification
 * ==========================================================================
 */

------------------------------------------------------------------------------
-- verify(): gold recomputed from silver
--
-- Plain set-based SQL that shares no code with the engine.  It reads silver,
-- the kept versions of users and tickets and the rules, builds what the model
-- says and compares it with gold as multisets.  Everything is STABLE, so one
-- call sees one state, and nothing is written: it runs in a read-only
-- transaction and on a standby.
--
--   verify_text, verify_spelling, verify_json    small words
--   verify_rules, verify_conditions, verify_newest   rules; newest row per key
--   verify_meetings ... verify_billing           newest rows of a relation
--   verify_user_events, verify_ticket_events     kept versions, normalised
--   verify_timeline, verify_users, verify_resolutions   what follows from them
--   verify                                       the comparison
--
-- Bodies stand over tables that setup() makes later, hence plpgsql.
------------------------------------------------------------------------------

-- A timestamp that no version can have is taken to be that of the capture.
CREATE FUNCTION zoom_gold.verify_instant(stated timestamptz, captured_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN stated > '-infinity' AND stated < timestamptz '9999-12-31 00:00:00+00' THEN stated ELSE captured_at END;
COMMENT ON FUNCTION zoom_gold.verify_instant(timestamptz, timestamptz) IS
'The timestamp of a kept version. For verify().';

CREATE FUNCTION zoom_gold.verify_text(value text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN getdatabaseencoding() <> 'UTF8'
	THEN CASE WHEN value !~ E'^$|^ | $|  |[\\u0009-\\u000d]' THEN value
		 ELSE nullif(btrim(regexp_replace(value, E'[\\u0009-\\u000d\\u0020]+', ' ', 'g'), ' '), '') END
	ELSE CASE WHEN value !~ E'^$|^ | $|  |[\\u0009-\\u000d\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]' THEN value
		 ELSE nullif(btrim(regexp_replace(value,
			E'[\\u0009-\\u000d\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+',
			' ', 'g'), ' '), '') END
	END;
COMMENT ON FUNCTION zoom_gold.verify_text(text) IS
'A text in its normal form: trimmed, white space collapsed, NULL when empty. For verify().';

-- What an aggregate repeats in each of its periods is compared by this.
CREATE FUNCTION zoom_gold.verify_brief(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length(value) > 200 THEN octet_length(value) || ' bytes, ' || hashtextextended(value COLLATE "C", 0) ELSE value END;
COMMENT ON FUNCTION zoom_gold.verify_brief(text) IS
'A text, or what tells a long one from others. For verify().';

-- Not upper-cased letters of the locale: the known spellings are ASCII.
CREATE FUNCTION zoom_gold.verify_spelling(value text, known text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN value = ANY (known) THEN value
	   ELSE coalesce((SELECT k FROM unnest(known) AS k
					  WHERE lower(k COLLATE "C") = lower(value COLLATE "C")), value) END;
COMMENT ON FUNCTION zoom_gold.verify_spelling(text, text[]) IS
'The known spelling that equals a value but for case, else the value. For verify().';

-- In the user's words, where there are some for the column: their meaning is
-- put into the query, as hardly anybody has more than a few.
CREATE FUNCTION zoom_gold.verify_meaning(relation text, column_name text, expression text, known text[]) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $$
#variable_conflict use_variable
DECLARE
	words text := (SELECT string_agg(format('WHEN %L THEN %L', lower(m.source_value COLLATE "C"), m.silver_value), ' ')
				   FROM gold_state.value_map AS m
				   WHERE m.relation = verify_meaning.relation AND m.column_name = verify_meaning.column_name);
	meaning text := CASE WHEN words IS NULL THEN expression
						 ELSE format('CASE lower(%1$s COLLATE "C") %2$s ELSE %1$s END', expression, words) END;
BEGIN
	RETURN CASE WHEN known IS NULL THEN meaning ELSE format('zoom_gold.verify_spelling(%s, %L)', meaning, known) END;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_meaning(text, text, text, text[]) IS
'SQL for the meaning of a normalised value by gold_state.value_map, in the known spelling if a list is given. For verify().';

CREATE FUNCTION zoom_gold.verify_json(value text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN value::jsonb;
EXCEPTION WHEN data_exception THEN
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_json(text) IS
'A text as JSON, NULL when it is none. For verify().';

-- The rules in force: those of the contract always are.
CREATE FUNCTION zoom_gold.verify_rules() RETURNS TABLE (relation text, rule text, severity text, condition text)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	RETURN QUERY
	WITH said AS (
		SELECT b.relation, b.rule_name, b.severity, NULL AS condition
		FROM zoom_gold.builtin_rule() AS b
		WHERE b.contract OR NOT EXISTS (SELECT FROM gold_state.quality_rule AS q
										WHERE q.relation = b.relation AND q.rule_name = b.rule_name AND NOT q.enabled)
		UNION ALL
		SELECT q.relation, q.rule_name, q.severity, q.condition FROM gold_state.quality_rule AS q
		WHERE q.enabled AND q.condition IS NOT NULL)
	SELECT r.relation, s.rule_name, s.severity, s.condition
	FROM unnest('{si_users,si_meetings,si_participants,si_feature_usage,'
				'si_webinars,si_support_tickets,si_licenses,si_billing_events}'::text[]) AS r (relation)
	JOIN said AS s ON s.relation IN (r.relation, '*');
END
$$;
COMMENT ON FUNCTION zoom_gold.verify_rules() IS
'The quality rules in force, one row per relation and rule; condition is NULL for built-in ones. For verify().';
