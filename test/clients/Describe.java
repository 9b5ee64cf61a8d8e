import java.sql.*;

/**
 * What a tool that speaks JDBC sees: java -cp postgresql.jar Describe.java URL ROLE.
 *
 * A line per table, column and value, fields apart by a bar.  Tables come with the length of their remarks, columns with
 * their type, its size and scale, too.
 */
public class Describe {
	public static void main(String[] args) throws SQLException {
		try (Connection connection = DriverManager.getConnection(args[0], args[1], "")) {
			DatabaseMetaData about = connection.getMetaData();

			try (ResultSet tables = about.getTables(null, "gold%", null, new String[] {"TABLE", "PARTITIONED TABLE", "VIEW"})) {
				while (tables.next()) {
					print("table", tables.getString("TABLE_SCHEM"), tables.getString("TABLE_NAME"), length(tables.getString("REMARKS")));
				}
			}
			try (ResultSet columns = about.getColumns(null, "gold%", null, null)) {
				while (columns.next()) {
					print("column", columns.getString("TABLE_SCHEM"), columns.getString("TABLE_NAME"), columns.getString("COLUMN_NAME"),
						columns.getString("TYPE_NAME"), columns.getInt("DECIMAL_DIGITS"), length(columns.getString("REMARKS")));
				}
			}
			show(connection, "SELECT 'valid_to', max(valid_to) FROM gold_masked.go_dim_user WHERE is_current");
			show(connection, "SELECT 'mrr', activity_month, monthly_recurring_revenue FROM gold_masked.go_agg_mrr");
			show(connection, "SELECT 'day', start_date, sum(duration_minutes) FROM gold_bi_masked.meetings GROUP BY start_date");
		}
	}

	/** Prints the rows as their drivers' texts. */
	private static void show(Connection connection, String query) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(query)) {
			int n = rows.getMetaData().getColumnCount();

			while (rows.next()) {
				Object[] values = new Object[n];

				for (int i = 0; i < n; i++) {
					Object value = rows.getObject(i + 1);

					values[i] = value instanceof Timestamp ? ((Timestamp) value).toInstant() : value;
				}
				print(values);
			}
		}
	}

	private static int length(String text) {
		return text == null ? 0 : text.length();
	}

	private static void print(Object... fields) {
		StringBuilder line = new StringBuilder();

		for (Object field : fields) {
			line.append(line.length() == 0 ? "" : "|").append(field);
		}
		System.out.println(line);
	}
}
