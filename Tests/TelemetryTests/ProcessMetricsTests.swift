import Foundation
import SwitchboardTesting
import Testing

@testable import Telemetry

@Suite("Metrics of the process")
struct ProcessMetricsTests {
    @Test("A page has them under the names that all clients of Prometheus use")
    func page() async throws {
        var page = MetricsPage()
        page.addProcess()
        let names = page.text.matches(of: #/# TYPE ([a-z_]+ [a-z]+)\n/#).map { String($0.output.1) }
        #expect(
            names == [
                "process_cpu_seconds_total counter", "process_resident_memory_bytes gauge", "process_open_fds gauge",
                "process_max_fds gauge", "process_start_time_seconds gauge",
            ])
        #expect(try await Promtool.complaints(about: page.text) == [])
    }

    @Test("They are those of this process")
    func values() throws {
        let before = try #require(ProcessFacts.processorSeconds)
        var sum = 0
        let end = ContinuousClock.now + .milliseconds(20)
        while ContinuousClock.now < end { sum &+= 1 }
        let after = try #require(ProcessFacts.processorSeconds)
        #expect(after > before && sum > 0)
        let resident = try #require(ProcessFacts.residentBytes)
        #expect((1e6...1e12).contains(resident))
        let descriptors = try #require(ProcessFacts.openDescriptors)
        let most = try #require(ProcessFacts.mostDescriptors)
        #expect((3...most).contains(descriptors))
        // The process started before now and after the machine did; the machine's start is known in whole seconds.
        let start = try #require(ProcessFacts.startTime)
        let age = Date().timeIntervalSince1970 - start
        #expect((-2.0...ProcessInfo.processInfo.systemUptime + 2).contains(age))
    }
}
