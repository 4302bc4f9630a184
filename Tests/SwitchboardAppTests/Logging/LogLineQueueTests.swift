import Testing

@testable import SwitchboardApp

@Suite("Lines that wait to be written")
struct LogLineQueueTests {
    private var queue = LogLineQueue(capacity: 10) { "-\($0)\n" }

    @Test("All waiting lines are taken at once, in order")
    mutating func inOrder() {
        #expect(queue.append("a\n") && !queue.append("b\n"))
        #expect(taken() == "a\nb\n")
        #expect(taken() == "")
        #expect(!queue.isEmpty)
        queue.release(4)
        #expect(queue.isEmpty)
    }

    @Test("Lines that do not fit are dropped, and their number is written before the next line")
    mutating func dropped() {
        for line in ["123456789\n", "a\n", "b\n"] { _ = queue.append(line) }
        #expect(taken() == "123456789\n")
        _ = queue.append("c\n")
        #expect(queue.dropped == 3, "bytes that are being written are held as well")
        queue.release(10)
        _ = queue.append("d\n")
        #expect(taken() == "-3\nd\n")
    }

    @Test("If no line follows, the number is written all the same")
    mutating func droppedLast() {
        for line in ["123456789\n", "a\n"] { _ = queue.append(line) }
        #expect(taken() == "123456789\n")
        #expect(taken() == "-1\n")
        #expect(taken() == "")
    }

    @Test("Lines that were lost while being written are counted and reported too")
    mutating func lost() {
        _ = queue.append("a\nb\n")
        #expect(taken() == "a\nb\n")
        queue.release(4)
        queue.drop(2)
        #expect(!queue.isEmpty)
        #expect(queue.append("c\n") == false, "the writer is told when it asks")
        #expect(taken() == "-2\nc\n")
    }

    private mutating func taken() -> String { String(decoding: queue.take(), as: UTF8.self) }
}
