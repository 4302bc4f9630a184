// The files of the console, which are embedded in the program. A new file gets a line in each of the two lists below.
#include "CConsole.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file_index_html[] = {
#embed "files/index.html"
};
static const unsigned char file_style_css[] = {
#embed "files/style.css"
};
static const unsigned char file_parts_css[] = {
#embed "files/parts.css"
};
static const unsigned char file_icon_svg[] = {
#embed "files/icon.svg"
};
static const unsigned char file_app_js[] = {
#embed "files/app.js"
};
static const unsigned char file_api_js[] = {
#embed "files/api.js"
};
static const unsigned char file_dom_js[] = {
#embed "files/dom.js"
};
static const unsigned char file_format_js[] = {
#embed "files/format.js"
};
static const unsigned char file_chart_js[] = {
#embed "files/chart.js"
};
static const unsigned char file_live_js[] = {
#embed "files/live.js"
};
static const unsigned char file_conversations_js[] = {
#embed "files/conversations.js"
};
static const unsigned char file_timeline_js[] = {
#embed "files/timeline.js"
};
static const unsigned char file_deliveries_js[] = {
#embed "files/deliveries.js"
};
static const unsigned char file_letters_js[] = {
#embed "files/letters.js"
};
static const unsigned char file_health_js[] = {
#embed "files/health.js"
};

static const struct {
    const char *name;
    const unsigned char *bytes;
    size_t length;
} files[] = {
    {"index.html", file_index_html, sizeof file_index_html},
    {"style.css", file_style_css, sizeof file_style_css},
    {"parts.css", file_parts_css, sizeof file_parts_css},
    {"icon.svg", file_icon_svg, sizeof file_icon_svg},
    {"app.js", file_app_js, sizeof file_app_js},
    {"api.js", file_api_js, sizeof file_api_js},
    {"dom.js", file_dom_js, sizeof file_dom_js},
    {"format.js", file_format_js, sizeof file_format_js},
    {"chart.js", file_chart_js, sizeof file_chart_js},
    {"live.js", file_live_js, sizeof file_live_js},
    {"conversations.js", file_conversations_js, sizeof file_conversations_js},
    {"timeline.js", file_timeline_js, sizeof file_timeline_js},
    {"deliveries.js", file_deliveries_js, sizeof file_deliveries_js},
    {"letters.js", file_letters_js, sizeof file_letters_js},
    {"health.js", file_health_js, sizeof file_health_js},
};

size_t cconsole_count(void) { return sizeof files / sizeof files[0]; }

const char *cconsole_name(size_t index) { return index < cconsole_count() ? files[index].name : NULL; }

const unsigned char *cconsole_bytes(size_t index, size_t *length) {
    if (index >= cconsole_count()) return NULL;
    *length = files[index].length;
    return files[index].bytes;
}
