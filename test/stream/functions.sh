# Databases filled by the stream of stream.sql.  Sourced after
# ../include/suite.sh; "here" is a folder of test/, "seed" and "operations" say
# which stream, "work" is a folder of the caller's.

# stream_database NAME [VERSION]: made anew, set up, nothing played; with another
# version of the extension.
#
# No comparison in full between refreshes: what is tested is what capture saw.
stream_database() {
	VERSION=${2-} new_database "$1" \
		-c "UPDATE gold_state.settings SET value = '1000 years' WHERE name LIKE '%compare_interval'" \
		-f "$here/../stream/stream.sql" -c "INSERT INTO stream.length VALUES ($seed, $operations)"
}

# play DATABASE FIRST LAST: operations of the stream
play() {
	echo "CALL stream.play($2, $3);" | sql "$1" -f -
}

# copy_silver FROM TO: users and tickets with their past, and what users edit
copy_silver() {
	for relation in si_meetings si_participants si_feature_usage si_webinars si_licenses si_billing_events; do
		columns=$(sql "$2" -c "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = 'silver.$relation'::regclass AND attnum > 0")
		sql "$1" -c "COPY (SELECT $columns FROM silver.$relation) TO STDOUT" | sql "$2" -c "COPY silver.$relation ($columns) FROM STDIN"
	done
	sql "$1" -c "COPY stream.log TO STDOUT" | sql "$2" -c "COPY stream.log FROM STDIN"
	echo "CALL stream.play_log();" | sql "$2" -f -
	# what users edit: their own rows are taken over, the built-in ones set
	for table in billing_event_class tracked_column quality_rule settings; do
		case $table in
		billing_event_class) keys=event_type same="o.event_type = t.event_type" set="mrr_sign = t.mrr_sign" ;;
		tracked_column) keys=column_name same="o.column_name = t.column_name" set="scd_type = t.scd_type" ;;
		quality_rule) keys="relation, rule_name" same="o.rule_name = t.rule_name AND o.relation = t.relation" set="enabled = t.enabled" ;;
		settings) keys=name same="o.name = t.name" set="value = t.value" ;;
		esac
		sql "$1" -c "COPY gold_state.$table TO STDOUT" >"$work/table"
		sql "$2" -c "CREATE TEMP TABLE their (LIKE gold_state.$table)" -c "\\copy their FROM '$work/table'" \
			-c "UPDATE gold_state.$table AS o SET $set FROM their AS t WHERE $same AND o::text <> t::text" \
			-c "INSERT INTO gold_state.$table SELECT * FROM their WHERE ($keys) NOT IN (SELECT $keys FROM gold_state.$table)"
	done
}
