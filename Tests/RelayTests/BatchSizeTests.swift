import Relay
import Testing

@Suite("The size of a call")
struct BatchSizeTests {
    @Test("Calls that take too long reduce the size, down to one")
    func smaller() {
        var size = BatchSize(100)
        // The third call was formed before the time-outs of the others were known.
        let news = [100, 50, 60].map { size.timedOut(items: $0) }
        #expect(news == [true, false, false] && size.current == 25)
        for _ in 0..<10 { _ = size.timedOut(items: size.current) }
        #expect(size.current == 1)
    }

    @Test("Full calls that are fast again restore the full size, which is reported once")
    func larger() {
        var size = BatchSize(100)
        for items in [100, 50] { _ = size.timedOut(items: items) }
        for _ in 0..<100 { _ = size.succeeded(items: 24) }
        #expect(size.current == 25)
        let news = (0..<60).count { _ in size.succeeded(items: size.current) }
        #expect(size.current == 100 && news == 1)
    }
}
