"""The report in a real browser: it draws, filters and sorts, fits a phone, and needs no network."""

import csv
import shutil

import pytest
from tests.unit.report_fixture import CONFIG, add_scheme, write_results, write_trust

from dnngp import report

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    BROWSER is None or DRIVER is None, reason="needs chromium and chromedriver (Debian: chromium-driver)"
)

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
HOSTILE = "<script>window.struck = true</script>"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    options.binary_location = BROWSER
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = write_results(tmp_path_factory.mktemp("with space") / "results", hostile=HOSTILE)
    write_trust(folder)
    add_scheme(folder)
    output = folder / "report" / "index.html"
    report.build(folder, output, config=CONFIG, title="Made up")
    return output.as_uri()


@pytest.fixture
def page(browser, address):
    """Opens the page at a width, in light or dark, with every chart drawn."""

    def open_page(width=1440, scheme="light"):
        from selenium.webdriver.support.ui import WebDriverWait

        size = {"width": width, "height": 60_000, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )
        for log in ("browser", "performance"):
            browser.get_log(log)
        browser.get(address)
        WebDriverWait(browser, 60).until(lambda _: count(browser, ".chart:not(:has(svg))") == 0)
        browser.execute_script("document.querySelector('.filters').open = true")
        return browser

    return open_page


def count(browser, selector):
    return browser.execute_script("return document.querySelectorAll(arguments[0]).length", selector)


def shown(browser, selector):
    script = (
        "return [...document.querySelectorAll(arguments[0])].filter(e => e.getClientRects().length).length"
    )
    return browser.execute_script(script, selector)


def wait_for(browser, condition):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, 30).until(lambda _: condition())


def choose(browser, name, value):
    script = """
        const list = document.querySelector(`#filters [name=${arguments[0]}]`);
        list.value = arguments[1];
        list.dispatchEvent(new Event("change", {bubbles: true}));
    """
    browser.execute_script(script, name, value)


def test_every_chart_is_drawn_without_a_word_on_the_console(page):
    browser = page()
    assert count(browser, ".chart svg") == count(browser, ".chart") > 25
    assert browser.get_log("browser") == []
    assert count(browser, ".chart svg:not(:has([aria-roledescription]))") == 0


def test_nothing_is_fetched(page):
    browser = page()
    requests = [
        entry["message"]
        for entry in browser.get_log("performance")
        if '"Network.requestWillBeSent"' in entry["message"]
    ]
    assert [text for text in requests if '"url":"http' in text] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_fits_its_width_and_cuts_no_text(page, width, scheme):
    browser = page(width, scheme)
    browser.execute_script(
        "document.querySelectorAll('details').forEach(element => { element.open = true; })"
    )
    assert browser.execute_script("return document.documentElement.scrollWidth") == width
    # Text outside of boxes that scroll by themselves lies inside the page, in charts as well.
    script = """
        const outside = [];
        for (const element of document.querySelectorAll("main *, header *, nav *, .chart text")) {
          if (element.closest(".scroll, pre") || !element.getClientRects().length) continue;
          if (![...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
          const box = element.getBoundingClientRect();
          if (box.left < -1 || box.right > arguments[0] + 1) outside.push(element.textContent);
        }
        return outside;
    """
    assert browser.execute_script(script, width) == []


def test_dark_pages_are_dark_and_their_charts_legible(page):
    for scheme, low, high in (("light", 200, 255), ("dark", 0, 60)):
        browser = page(scheme=scheme)
        script = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        assert all(low <= value <= high for value in browser.execute_script(script))
        script = """
            const text = document.querySelector(".chart svg text");
            return getComputedStyle(text).fill.match(/\\d+/g).map(Number);
        """
        ink = browser.execute_script(script)
        assert all(value < 80 for value in ink) if scheme == "light" else all(value > 180 for value in ink)


def test_filters_reach_tables_and_charts(page):
    browser = page()
    assert shown(browser, "#summary tbody tr") == 60
    choose(browser, "dataset", "mice")
    assert shown(browser, "#summary tbody tr") == 36
    assert shown(browser, "[data-figure=accuracy] .panel") == 6
    assert browser.find_element("id", "shown").text == "36 of 60 results shown"
    wait_for(
        browser, lambda: "oats" not in browser.find_element("css selector", "[data-figure=heritability]").text
    )
    assert browser.find_element("css selector", "#filters option[value='Avena sativa']").get_attribute(
        "disabled"
    )
    choose(browser, "trait", "weight")
    assert shown(browser, "#summary tbody tr") == 12
    browser.find_element("css selector", "#filters [type=reset]").click()
    wait_for(browser, lambda: shown(browser, "#summary tbody tr") == 60)


def test_the_filter_of_schemes_reaches_the_columns_of_the_answer(page):
    browser = page()
    before = shown(browser, "#answers th")
    choose(browser, "scheme", "cluster_out")
    assert shown(browser, "#answers th") < before
    assert "cluster out: r" in browser.find_element("css selector", "#answers thead").text
    assert "random: r" not in browser.find_element("css selector", "#answers thead").text
    assert shown(browser, "#summary tbody tr") == 30


def test_another_score_is_drawn_on_request(page):
    browser = page()
    chart = browser.find_element("css selector", "[data-figure=accuracy] .panel")
    assert "predictive ability r" in chart.text
    browser.find_element("css selector", "[data-choice=accuracy] option:nth-child(2)").click()
    wait_for(browser, lambda: "Spearman's rank correlation" in chart.text)


def test_tables_and_the_data_of_figures_are_saved_as_csv(page):
    browser = page()
    script = """
        const button = document.querySelector(arguments[0]);
        const make = URL.createObjectURL;
        let blob;
        URL.createObjectURL = (made) => { blob = made; return make(made); };
        button.click();
        URL.createObjectURL = make;
        return blob.text();
    """
    choose(browser, "dataset", "mice")

    def saved(selector):
        return list(csv.reader(browser.execute_script(script, selector).splitlines()))

    head, *rows = saved("[data-table=summary]")
    assert head[:8] == ["Model", "r", "lower", "upper", "Trait", "Scheme", "Dataset", "r / h"]
    assert {"sd of r", "h2", "h2_se", "rmse", "Species"} < set(head)
    assert len(rows) == 36
    assert {len(row) for row in rows} == {len(head)}
    head, *rows = saved("[data-table=answers]")
    assert {"lower", "upper"} < set(head)
    assert {len(row) for row in rows} == {len(head)}
    head, *rows = saved("[data-figure-data=differences]")
    assert head[:5] == ["dataset", "trait", "scheme", "label", "difference"]
    assert {row[0] for row in rows} == {"mice"}


def test_a_number_can_be_followed_by_keyboard_to_its_log_and_command(page):
    from selenium.webdriver.common.keys import Keys

    browser = page()
    row = "#summary tr[data-dataset=mice][data-trait=weight][data-label=RKHS]"
    browser.find_element("css selector", f"{row} .follow").send_keys(Keys.ENTER)
    words = browser.find_element("id", "follow").text
    for part in (
        "RKHS on mice, weight",
        "logs/mice/weight/random/rkhs/r1b1.log",
        "12345",
        "a" * 64,
        "./run results/mice",
    ):
        assert part in words
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    wait_for(browser, lambda: not browser.find_element("id", "follow").is_displayed())


def test_a_method_can_be_switched_off_and_on_by_keyboard(page):
    from selenium.webdriver.common.keys import Keys

    browser = page()
    accuracy = browser.find_element("css selector", "[data-figure=accuracy] .panel")
    assert "GBLUP" in accuracy.text
    button = browser.find_element("css selector", "button.method[data-label=GBLUP]")
    button.send_keys(Keys.SPACE)
    assert button.get_attribute("aria-pressed") == "false"
    wait_for(browser, lambda: "GBLUP" not in accuracy.text)
    assert shown(browser, "#summary tbody tr") == 50
    button.send_keys(Keys.ENTER)
    wait_for(browser, lambda: "GBLUP" in accuracy.text)


def test_predictions_of_another_method_are_drawn_on_request(page):
    browser = page()
    script = """
        const figure = document.querySelector("[data-figure=predictions]");
        return figure.querySelector("[aria-roledescription=point]").getAttribute("fill");
    """
    before = browser.execute_script(script)
    browser.find_element("css selector", "#shown-method option:last-child").click()
    wait_for(browser, lambda: browser.execute_script(script) != before)


def test_tables_sort_by_value_with_the_missing_last(page):
    browser = page()
    script = """
        const rows = [...document.querySelectorAll("#summary tbody tr")];
        return rows.map(row => row.cells[1].dataset.value ?? null);
    """
    heading = browser.find_elements("css selector", "#summary thead button")[1]
    for direction, sign in (("descending", -1), ("ascending", 1)):
        heading.click()
        assert heading.find_element("xpath", "..").get_attribute("aria-sort") == direction
        values = browser.execute_script(script)
        numbers = [float(value) for value in values if value is not None]
        assert numbers == sorted(numbers, key=lambda value: sign * value)
        assert values[len(numbers) :] == [None] * (60 - len(numbers))
        assert len(numbers) == 48


def test_hostile_names_do_nothing(page):
    browser = page()
    assert browser.execute_script("return window.struck") is None
    assert HOSTILE in browser.find_element("id", "summary").text


def test_every_control_can_be_reached_and_has_a_name(page):
    script = """
        return [...document.querySelectorAll("button, select, summary, a")]
          .filter(e => e.getClientRects().length && (e.tabIndex < 0 || !e.textContent.trim()))
          .map(e => e.outerHTML);
    """
    assert page().execute_script(script) == []


def test_print_holds_every_chart(browser, address):
    size = {"width": 1000, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(address)
    assert count(browser, ".chart svg") < count(browser, ".chart")
    browser.execute_cdp_cmd("Page.printToPDF", {})
    wait_for(browser, lambda: count(browser, ".chart svg") == count(browser, ".chart"))


def test_the_first_screen_says_what_to_use_and_draws_it(browser, address):
    """At 1440 x 900, nothing scrolled: verdict, a sentence a trait, and the figure."""
    size = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(address)
    wait_for(browser, lambda: count(browser, "[data-figure=abilities] .chart:not(:has(svg))") == 0)
    script = """
        return [...document.querySelectorAll(arguments[0])].map(e => e.getBoundingClientRect().bottom);
    """
    assert count(browser, ".advice li") == 5
    for selector in ("#overview .banner", ".advice li"):
        assert max(browser.execute_script(script, selector)) < 900
    assert min(browser.execute_script(script, "[data-figure=abilities] .panel")) < 900


def test_a_phone_shows_model_and_r_without_scrolling_sideways(page):
    browser = page(390)
    script = """
        const row = document.querySelector("#summary tbody tr");
        return [row.cells[0], row.cells[1]].map(cell => cell.getBoundingClientRect().right);
    """
    assert max(browser.execute_script(script)) < 390


def test_more_columns_are_shown_on_request(page):
    browser = page()
    before = shown(browser, "#summary th")
    browser.find_element("css selector", "input.wider[data-widens=summary]").click()
    assert shown(browser, "#summary th") > before + 5


SAVED = """
    const make = URL.createObjectURL;
    const [press, done] = arguments;
    URL.createObjectURL = (blob) => {
      blob.text().then(done);
      return make(blob);
    };
    document.querySelector(press).click();
    URL.createObjectURL = make;
"""


def test_models_are_renamed_and_highlighted_and_a_saved_page_keeps_it(page, tmp_path):
    browser = page()
    browser.execute_script("document.querySelector('.toolbox').closest('details').open = true")
    browser.execute_script(
        """
        const field = document.querySelector(".toolbox [data-label=RKHS] input");
        field.value = "our kernel";
        field.dispatchEvent(new Event("change"));
        document.querySelector(".toolbox [data-label=RKHS] button").click();
        """
    )
    saved = tmp_path / "saved.html"
    saved.write_text(browser.execute_async_script(SAVED, "#save-page"), encoding="utf-8")
    for address in (None, saved.as_uri()):
        if address:
            browser.get(address)
        wait_for(browser, lambda: count(browser, ".chart:not(:has(svg))") == 0)
        chart = browser.find_element("css selector", "[data-figure=abilities] .chart")
        wait_for(browser, lambda chart=chart: "our kernel" in chart.text)
        assert "RKHS" not in chart.text
        assert "our kernel" in browser.find_element("css selector", "#summary tbody").text
        assert shown(browser, "#summary tr.faded") == 50
        assert browser.get_log("browser") == []


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_figure_is_saved_as_a_picture(page, kind):
    browser = page()
    script = """
        const [kind, done] = arguments;
        URL.createObjectURL = (blob) => {
          blob.arrayBuffer().then((bytes) => {
            const begins = String.fromCharCode(...new Uint8Array(bytes).slice(0, 99));
            done([blob.type, begins, bytes.byteLength]);
          });
          return "about:blank";
        };
        HTMLAnchorElement.prototype.click = () => {};
        document.querySelector(`[data-image=abilities][data-kind=${kind}]`).dispatchEvent(new Event("click"));
    """
    type_, begins, size = browser.execute_async_script(script, kind)
    assert type_ == {"svg": "image/svg+xml", "png": "image/png"}[kind]
    assert "<svg" in begins if kind == "svg" else "PNG" in begins
    assert size > 20_000
    assert browser.get_log("browser") == []


def test_the_methods_paragraph_is_copied(page):
    browser = page()
    permissions = {"origin": "file://", "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    browser.execute_cdp_cmd("Browser.grantPermissions", permissions)
    button = browser.find_element("css selector", "[data-copies=methods-paragraph]")
    browser.execute_script("arguments[0].click()", button)
    wait_for(browser, lambda: button.text in ("copied", "selected: now copy it"))
    assert "VanRaden 2008" in browser.find_element("id", "methods-paragraph").text
