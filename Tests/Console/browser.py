"""Chromium without a window, driven by WebDriver."""
import subprocess
import time

from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from gateway import ROOT, TOKEN

PAGES = ["live", "conversations", "deliveries", "dead-letters", "health", "health/doctor", "health/settings", "health/audit"]
AXE = ROOT / ".build/console/axe_core_python/axe.min.js"


class Browser:
    def __init__(self, gateway):
        options = webdriver.ChromeOptions()
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en-GB"]:
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.gateway = gateway

    def close(self):
        self.driver.quit()

    def look(self, scheme="light", width=1440, height=900):
        """How large the window is, and which colours the person prefers."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})

    def open_console(self):
        self.driver.get(f"{self.gateway.url}/console")
        self.wait("a page", lambda: self.text("h1"))

    def sign_in(self, token=TOKEN):
        self.find("#token").clear()
        self.find("#token").send_keys(token + Keys.ENTER)

    def go(self, page):
        """Opens a page, also if it is open already, and waits until it is complete."""
        self.driver.execute_script("""const target = '#/' + arguments[0];
            delete document.getElementById('main').dataset.page;
            if (location.hash === target) window.dispatchEvent(new Event('hashchange'));
            else location.hash = target;""", page)
        self.wait(f"the page {page}", lambda: self.find_all(f'main[data-page="{page}"]'))
        self.wait("its content", lambda: self.find_all("main .card"))

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def find(self, selector):
        return self.wait(selector, lambda: next(iter(self.find_all(selector)), None))

    def text(self, selector="body"):
        return self.driver.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def button(self, label, within="body"):
        """The first button or link with this text."""
        script = """return [...document.querySelector(arguments[1]).querySelectorAll('button, a')]
            .find((one) => one.innerText.trim() === arguments[0]) ?? null"""
        return self.wait(f"the button {label}", lambda: self.driver.execute_script(script, label, within))

    def click(self, label, within="body"):
        """Clicks a button or link; once more if it was drawn anew meanwhile, or if a message lies over it."""
        def is_clicked():
            try:
                self.button(label, within).click()
                return True
            except (StaleElementReferenceException, ElementClickInterceptedException):
                return False
        self.wait(f"{label} to click", is_clicked)

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def focus(self):
        """What has the focus: its text or its name, and whether an outline shows it."""
        return self.driver.execute_script("""const one = document.activeElement;
            return [(one.innerText || one.id || one.tagName).trim(), getComputedStyle(one).outlineStyle !== 'none']""")

    def tab_to(self, label, limit=60):
        """Presses Tab until something with this text or id has the focus; every stop on the way must be visible."""
        for _ in range(limit):
            self.press(Keys.TAB)
            name, is_visible = self.focus()
            if not is_visible and name != "BODY":
                raise AssertionError(f"the focus is not visible at {name!r}")
            if name == label or name.startswith(label):
                return
        raise AssertionError(f"Tab does not reach {label}")

    def wait(self, what, condition, seconds=20):
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError(f"there is no {what}; the page says: {self.text()[:600]!r}")
            time.sleep(0.02)

    def faults(self):
        """What the browser reported: errors of scripts and breaches of the policy. A refused request is reported too, and is none."""
        return [
            entry["message"] for entry in self.driver.get_log("browser")
            if entry["level"] in ("SEVERE", "WARNING") and "the server responded with a status of" not in entry["message"]]

    def violations(self):
        """What axe-core finds that is serious or critical."""
        self.driver.execute_script(AXE.read_text())
        result = self.driver.execute_async_script("""axe.run(document).then(arguments[0],
            (error) => arguments[0]({violations: [{id: String(error), impact: 'critical', nodes: []}]}))""")
        return [
            f"{one['id']} ({one['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for one in result["violations"] if one["impact"] in ("serious", "critical") for node in one["nodes"] or [{"html": ""}]]

    def save(self, path, colours=96):
        """A picture of the page, with few colours so that it is small."""
        self.driver.save_screenshot(str(path))
        subprocess.run(["pngquant", "--force", "--strip", "--speed", "1", "--output", path, str(colours), path], check=True)
