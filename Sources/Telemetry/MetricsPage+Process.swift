import Files
import Foundation

extension MetricsPage {
    /// Adds the values that the operating system reports about this process, under the names that all Prometheus clients use. Missing
    /// values are left out.
    public mutating func addProcess() {
        add("process_cpu_seconds_total", .counter, "Seconds of processor time that the process has used.", ProcessFacts.processorSeconds)
        add("process_resident_memory_bytes", .gauge, "Bytes of memory that the process occupies.", ProcessFacts.residentBytes)
        add("process_open_fds", .gauge, "Open file descriptors.", ProcessFacts.openDescriptors)
        add("process_max_fds", .gauge, "The limit of open file descriptors.", ProcessFacts.mostDescriptors)
        add("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.", ProcessFacts.startTime)
    }

    private mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
        if let value { add(name, kind, help, value) }
    }
}

/// The values that the operating system reports about this process; nil for values that it does not report.
enum ProcessFacts {
    /// In user and in system mode, of all threads.
    static var processorSeconds: Double? {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static var residentBytes: Double? {
        guard let pages = words(of: "/proc/self/statm")?.dropFirst().first.flatMap({ Double($0) }) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    static var openDescriptors: Double? {
        // One of them is that of the folder while it is read.
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count - 1) }
    }

    static var mostDescriptors: Double? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }

    /// It is worked out once, so that a correction of the clock does not move it.
    static let startTime: Double? = {
        guard let boot = text(of: "/proc/stat")?.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let bootTime = Double(boot.dropFirst(6)),
            // The name of the program is in parentheses and may have spaces. The time in clock ticks is the 22nd word, the 20th after the name
            // (man page proc(5), read 2026-11-27).
            let rest = text(of: "/proc/self/stat")?.split(separator: ")").last,
            let ticks = rest.split(separator: " ").dropFirst(19).first.flatMap({ Double($0) })
        else { return nil }
        return bootTime + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    private static func words(of path: String) -> [Substring]? { text(of: path)?.split(separator: " ") }

    private static func text(of path: String) -> String? {
        (try? SmallFile(path).read()).map { String(decoding: $0, as: UTF8.self) }
    }
}
