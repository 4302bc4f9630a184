import Journal
import SwitchboardApp
import Testing

@testable import switchboard

@Suite("The journal that a verb writes to")
struct VerbJournalTests {
    @Test("It uses the settings' memory limit for keys")
    func keyMemory() {
        var settings = Settings()
        settings.journal.keyMemory = 5 << 20
        #expect(Journal.Configuration(settings).keyMemory == 5 << 20)
        #expect(Journal.Configuration(importing: settings, path: "journal.sqlite").keyMemory == 5 << 20)
    }
}
