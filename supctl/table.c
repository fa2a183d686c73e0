#include "supctl/table.h"

#include <stdlib.h>
#include <string.h>

#include "supctl/note.h"
#include "supctl/pick.h"
#include "supctl/tree.h"
#include "supctl/words.h"

#define GAP 2
/* Names are not cut below this. */
#define NAME_COLUMNS_MIN 8
/* So many of the ill ones below a supervisor are named. */
#define NAMED_BELOW 3

enum column {
	COLUMN_STATE,
	COLUMN_PID,
	COLUMN_UPTIME,
	COLUMN_RESTARTS,
	COLUMN_CPU,
	COLUMN_MEMORY,
	COLUMN_COUNT
};

static const struct {
	const char *title;
	bool right;
} columns[COLUMN_COUNT] = {
	[COLUMN_STATE] = { "STATE", false },
	[COLUMN_PID] = { "PID", true },
	[COLUMN_UPTIME] = { "UPTIME", true },
	[COLUMN_RESTARTS] = { "RESTARTS", true },
	[COLUMN_CPU] = { "CPU", true },
	[COLUMN_MEMORY] = { "MEMORY", true },
};

struct line {
	const json_t *node;
	char *name; /* with the lines of the tree in front */
	char cell[COLUMN_COUNT][WORDS_BYTES];
	char *note;
};

struct table {
	const struct show *show;
	struct tree_row *rows;
	struct line *lines;
	size_t count;
	size_t name_columns;
	size_t width[COLUMN_COUNT]; /* 0: the column is not shown */
};

static char *
label(const struct table *table, size_t row)
{
	const json_t *node = table->rows[row].node;
	char prefix[TREE_PREFIX_BYTES];
	char *clean, *text;
	/* What stands alone is told by its whole path. */
	const char *name = table->rows[row].depth == 0
			       ? pick_text(node, "path")
			       : pick_text(node, "name");

	clean = show_clean(
	    *name ? name : pick_text(node, "name"), table->show->utf8);
	tree_prefix(table->rows, row, false, table->show->utf8, prefix);
	text = show_format("%s%s", prefix, clean);
	free(clean);
	return text;
}

/* "app waiting, db failed and 2 more"; NULL if nothing below is ill. */
static char *
ill_below(const struct table *table, size_t row)
{
	const struct tree_row *rows = table->rows;
	char *list = NULL, *longer;
	size_t ill = 0;

	for (size_t i = row + 1;
	     i < table->count && rows[i].depth > rows[row].depth; i++) {
		if (!note_ill(rows[i].node) ||
		    pick_is(rows[i].node, "kind", "supervisor"))
			continue;
		if (++ill > NAMED_BELOW)
			continue;
		longer = show_format("%s%s%s %s", list ? list : "",
		    list ? ", " : "", pick_text(rows[i].node, "name"),
		    pick_text(rows[i].node, "state"));
		free(list);
		list = longer;
	}
	if (ill <= NAMED_BELOW)
		return list;
	longer = show_format("%s and %zu more", list, ill - NAMED_BELOW);
	free(list);
	return longer;
}

static void
set_dash(char *text)
{
	memcpy(text, "-", 2);
}

static void
fill_cells(struct line *line, double age_s)
{
	const json_t *node = line->node;
	long long pid = pick_whole(node, "pid", 0);
	char *state;

	/* In ASCII: cells are as wide as they have bytes. */
	state = show_clean(note_state(node), false);
	snprintf(line->cell[COLUMN_STATE], WORDS_BYTES, "%.20s", state);
	free(state);
	set_dash(line->cell[COLUMN_PID]);
	set_dash(line->cell[COLUMN_UPTIME]);
	set_dash(line->cell[COLUMN_CPU]);
	set_dash(line->cell[COLUMN_MEMORY]);
	if (pid > 0)
		snprintf(line->cell[COLUMN_PID], WORDS_BYTES, "%lld", pid);
	if (pick_is(node, "state", "running"))
		words_age(pick_number(node, "since_s", 0) + age_s,
		    line->cell[COLUMN_UPTIME]);
	snprintf(line->cell[COLUMN_RESTARTS], WORDS_BYTES, "%lld",
	    pick_whole(node, "restarts", 0));
	if (pick_has(node, "cpu_s"))
		words_age(
		    pick_number(node, "cpu_s", 0), line->cell[COLUMN_CPU]);
	if (pick_has(node, "memory_bytes"))
		words_bytes(pick_number(node, "memory_bytes", 0),
		    line->cell[COLUMN_MEMORY]);
}

static void
fill_line(struct table *table, size_t row, double age_s)
{
	struct line *line = &table->lines[row];
	char *below = NULL;

	line->node = table->rows[row].node;
	line->name = label(table, row);
	fill_cells(line, age_s);
	if (pick_true(line->node, "degraded") ||
	    pick_is(line->node, "state", "starting"))
		below = ill_below(table, row);
	line->note = note_words(line->node, below, age_s, table->show->utf8);
	free(below);
}

static size_t
total(const struct table *table)
{
	size_t sum = table->name_columns;

	for (int i = 0; i < COLUMN_COUNT; i++)
		if (table->width[i] > 0)
			sum += GAP + table->width[i];
	return sum;
}

/* Drops columns until the table fits, then cuts names. */
static void
squeeze(struct table *table)
{
	static const enum column dispensable[] = { COLUMN_CPU, COLUMN_MEMORY,
		COLUMN_PID, COLUMN_RESTARTS, COLUMN_UPTIME };
	size_t limit = table->show->width;
	size_t n = sizeof(dispensable) / sizeof(dispensable[0]);

	if (limit == 0)
		return;
	for (size_t i = 0; i < n && total(table) > limit; i++)
		table->width[dispensable[i]] = 0;
	if (total(table) <= limit)
		return;
	if (table->name_columns > NAME_COLUMNS_MIN) {
		size_t rest = total(table) - table->name_columns;

		table->name_columns = rest + NAME_COLUMNS_MIN < limit
					  ? limit - rest
					  : NAME_COLUMNS_MIN;
	}
	if (total(table) > limit)
		table->width[COLUMN_STATE] = 0;
	if (table->name_columns > limit)
		table->name_columns = limit;
}

static void
measure(struct table *table)
{
	bool utf8 = table->show->utf8;

	table->name_columns = strlen("NAME");
	for (int i = 0; i < COLUMN_COUNT; i++)
		table->width[i] = strlen(columns[i].title);
	for (size_t row = 0; row < table->count; row++) {
		const struct line *line = &table->lines[row];
		size_t wide = show_columns(line->name, utf8);

		if (wide > table->name_columns)
			table->name_columns = wide;
		for (int i = 0; i < COLUMN_COUNT; i++)
			if (strlen(line->cell[i]) > table->width[i])
				table->width[i] = strlen(line->cell[i]);
	}
	squeeze(table);
	for (size_t row = 0; row < table->count; row++)
		show_cut(table->lines[row].name, table->name_columns, utf8);
}

static void
pad(const struct show *show, size_t columns_count)
{
	fprintf(show->out, "%*s", (int)columns_count, "");
}

/* Returns the columns that remain to be filled before the next cell; so no
 * line ends in blanks. */
static size_t
draw_cell(const struct table *table, enum column column, const char *text,
    enum show_paint paint, size_t owed)
{
	const struct show *show = table->show;
	size_t wide = strlen(text), room = table->width[column];

	if (room == 0)
		return owed;
	if (wide > room)
		wide = room;
	pad(show, owed + GAP + (columns[column].right ? room - wide : 0));
	show_paint(show, paint, text);
	return columns[column].right ? 0 : room - wide;
}

static void
draw_note(const struct table *table, size_t row)
{
	const struct show *show = table->show;
	const char *note = table->lines[row].note;
	size_t used = total(table), wide = show_columns(note, show->utf8);
	char prefix[TREE_PREFIX_BYTES], indent[TREE_PREFIX_BYTES + 2];
	size_t before;

	if (!*note)
		return;
	if (show->width == 0 || used + GAP + wide <= show->width) {
		pad(show, GAP);
		fputs(note, show->out);
		return;
	}
	tree_prefix(table->rows, row, true, show->utf8, prefix);
	snprintf(indent, sizeof(indent), "%s ", prefix);
	before = show_columns(indent, show->utf8);
	if (before + NAME_COLUMNS_MIN > show->width) {
		before = 0;
		indent[0] = '\0';
	}
	fprintf(show->out, "\n%s", indent);
	show_wrapped(show, note, show->width - before, indent);
}

static void
draw_line(const struct table *table, size_t row)
{
	const struct line *line = &table->lines[row];
	const struct show *show = table->show;
	size_t owed =
	    table->name_columns - show_columns(line->name, show->utf8);

	fputs(line->name, show->out);
	for (int i = 0; i < COLUMN_COUNT; i++)
		owed = draw_cell(table, i, line->cell[i],
		    i == COLUMN_STATE ? note_paint(line->node) : SHOW_PLAIN,
		    owed);
	draw_note(table, row);
	fputc('\n', show->out);
}

static void
draw_head(const struct table *table)
{
	const struct show *show = table->show;
	size_t owed = table->name_columns - strlen("NAME");

	if (table->name_columns < strlen("NAME"))
		return;
	show_paint(show, SHOW_BOLD, "NAME");
	for (int i = 0; i < COLUMN_COUNT; i++)
		owed = draw_cell(table, i, columns[i].title, SHOW_BOLD, owed);
	fputc('\n', show->out);
}

void
table_status(const struct show *show, const json_t *nodes, double age_s)
{
	struct table table = { .show = show };

	table.count = json_array_size(nodes);
	table.rows = tree_rows(nodes);
	table.lines = show_need(calloc(table.count + 1, sizeof(struct line)));
	for (size_t row = 0; row < table.count; row++)
		fill_line(&table, row, age_s);
	measure(&table);
	draw_head(&table);
	for (size_t row = 0; row < table.count; row++)
		draw_line(&table, row);
	for (size_t row = 0; row < table.count; row++) {
		free(table.lines[row].name);
		free(table.lines[row].note);
	}
	free(table.lines);
	free(table.rows);
}

/* "rest_for_one, gives up after 5 in 10 s" */
static char *
strategy_words(const json_t *node)
{
	char span[WORDS_BYTES];

	if (!pick_has(node, "intensity"))
		return show_format(
		    "%s, never gives up", pick_text(node, "strategy"));
	return show_format("%s, at most %lld restarts in %s",
	    pick_text(node, "strategy"), pick_whole(node, "intensity", 0),
	    words_span(pick_number(node, "period_s", 0), span));
}

/* What a node is, as against how it is. */
static char *
tree_words(const json_t *node)
{
	const char *about = pick_text(node, "description");
	const char *restart = pick_text(node, "restart");
	char *what, *words;

	if (pick_is(node, "kind", "supervisor"))
		what = strategy_words(node);
	else
		what = show_format("%s", pick_text(node, "type"));
	words = show_format("%s%s%s%s%s", what, *what && *restart ? ", " : "",
	    restart, *about ? ": " : "", about);
	free(what);
	return words;
}

static void
tree_line(const struct show *show, const struct tree_row *rows, size_t row)
{
	struct table table = { .show = show, .rows = (struct tree_row *)rows };
	char *words = tree_words(rows[row].node);
	char *clean = show_clean(words, show->utf8);
	char *name = label(&table, row);
	bool supervisor = pick_is(rows[row].node, "kind", "supervisor");
	size_t wide;

	if (show->width > 0)
		show_cut(name, show->width, show->utf8);
	wide = show_columns(name, show->utf8);
	show_paint(show, supervisor ? SHOW_BOLD : SHOW_PLAIN, name);
	if (show->width > 0)
		show_cut(clean,
		    show->width > wide + GAP ? show->width - wide - GAP : 0,
		    show->utf8);
	if (*clean) {
		pad(show, GAP);
		show_paint(show, SHOW_DIM, clean);
	}
	fputc('\n', show->out);
	free(words);
	free(clean);
	free(name);
}

void
table_tree(const struct show *show, const json_t *nodes)
{
	struct tree_row *rows = tree_rows(nodes);
	size_t count = json_array_size(nodes);

	for (size_t row = 0; row < count; row++)
		tree_line(show, rows, row);
	free(rows);
}
