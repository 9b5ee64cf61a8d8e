/* ==========================================================================
 * Comparing month by month
 *
 * Changes that capture cannot see are looked for without being asked.  Each
 * refresh compares the months whose turn it is, the longest not compared
 * first, so that every month has had its turn within the interval that the
 * settings give.  A month reaches from its first day to the next month that
 * the state knows; the first one has all that is earlier, rows without a day
 * as well, and the last one all that is later.
 * ==========================================================================
 */

CREATE FUNCTION zoom_gold.compare_pieces(relation text)
RETURNS TABLE (from_day date, to_day date, compared_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT m.from_day, m.to_day, coalesce(p.compared_at, s.compared_at)
	FROM (
		SELECT CASE WHEN row_number() OVER months = 1 THEN '-infinity' ELSE d.month END AS from_day,
			coalesce(lead(d.month) OVER months, 'infinity') AS to_day
		FROM (
			-- one month at least, also where nothing is known
			SELECT DISTINCT date_trunc('month', k.day::timestamp)::date AS month
			FROM (VALUES (true)) AS one
			LEFT JOIN gold_state.slice AS k ON k.relation = $1 AND isfinite(k.day)
		) AS d
		WINDOW months AS (ORDER BY d.month)
	) AS m
	JOIN gold_state.relation_state AS s ON s.relation = $1
	LEFT JOIN gold_state.compared_piece AS p ON p.relation = $1 AND p.from_day = m.from_day
$$;
COMMENT ON FUNCTION zoom_gold.compare_pieces(text) IS
'The months of a silver relation, the last day excluded and infinite where open, and when each was compared with gold';

CREATE FUNCTION zoom_gold.due_pieces(relation text, span interval, at timestamptz)
RETURNS TABLE (from_day date, to_day date, whole boolean, next_at timestamptz)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH piece AS (
		SELECT p.*, count(*) OVER () AS pieces, row_number() OVER (ORDER BY p.compared_at, p.from_day) AS place
		FROM zoom_gold.compare_pieces($1) AS p
	), turn AS (
		-- a turn every "step"; how many have come since the last one that was taken
		SELECT t.pieces, t.step, t.next_at,
			CASE WHEN t.step <= '0' THEN t.pieces
				ELSE least(t.pieces, floor(1 + extract(epoch FROM $3 - t.next_at) / extract(epoch FROM t.step))) END AS turns
		FROM (
			SELECT max(p.pieces) AS pieces, $2 / max(p.pieces) AS step,
				coalesce((SELECT s.next_piece_at FROM gold_state.relation_state AS s WHERE s.relation = $1),
						 min(p.compared_at) + $2 / max(p.pieces)) AS next_at
			FROM piece AS p
		) AS t
	)
	SELECT p.from_day, p.to_day, t.turns >= t.pieces, t.next_at + greatest(t.turns, 0)::double precision * t.step
	FROM turn AS t
	LEFT JOIN piece AS p ON p.place <= t.turns
$$;
COMMENT ON FUNCTION zoom_gold.due_pieces(text, interval, timestamptz) IS
'The months of a silver relation that are to be compared with gold at an instant, so that each is within the interval; whole = those are all of them; next_at = the turn after them. Without a month to compare, one row of NULLs and the next turn';

CREATE FUNCTION zoom_gold.note_compared(relation text, at timestamptz, from_days date[], next_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF from_days IS NULL THEN
		DELETE FROM gold_state.compared_piece AS p WHERE p.relation = $1;
		UPDATE gold_state.relation_state AS s SET next_piece_at = NULL WHERE s.relation = $1;
		RETURN;
	END IF;
	-- whatever has become of the key
	DELETE FROM gold_state.compared_piece AS p WHERE p.relation = $1 AND p.from_day = ANY ($3);
	INSERT INTO gold_state.compared_piece (relation, from_day, compared_at)
	SELECT $1, f.day, $2 FROM unnest(from_days) AS f (day);
	UPDATE gold_state.relation_state AS s
	SET next_piece_at = $4, compared_at = (SELECT min(p.compared_at) FROM zoom_gold.compare_pieces($1) AS p)
	WHERE s.relation = $1;
END
$$;
COMMENT ON FUNCTION zoom_gold.note_compared(text, timestamptz, date[], timestamptz) IS
'Remembers that months of a silver relation, NULL = all of it, were compared with gold, and when the next one has its turn. For refreshes';
