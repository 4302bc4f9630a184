import FaultyVFS
import Foundation
import GRDB
import Journal
import SwitchboardTesting

/// The course of a history without faults: the result of each step, and the file after it.
struct Course: Equatable {
    var results: [String] = []
    /// The states directly after each step.
    var ends: [State] = []
    /// The states after each step and the probe that may follow it.
    var states: [State] = []
    /// The number of SQLite's calls of each kind, step by step.
    var calls: [[Int64]] = []

    /// The state before a step; nil before the first.
    func state(before index: Int) -> State? { index == 0 ? nil : states[index - 1] }

    static func == (one: Course, other: Course) -> Bool {
        one.results == other.results && one.states == other.states
    }
}

/// A problem that a fault has revealed.
struct Finding: Error, CustomStringConvertible {
    let index: Int
    let step: Step
    let what: String

    var description: String { "step \(index + 1), \(step):\n      \(what)" }
}

/// Runs a history with its faults, and compares each faulty step with the same step of the course without faults. What was acknowledged
/// must be stored. What was refused must be stored completely or not at all. A second attempt without faults must have the result that the
/// first would have had. After that, a probe must show that memory equals the file. At the end the file must be sound, and the disk must
/// have all of it.
struct Run {
    let steps: [Step]
    /// The steps after which memory is probed.
    var probes: Set<Int> = []
    private(set) var failures = 0

    init(_ steps: [Step], probes: Set<Int> = []) {
        self.steps = steps
        self.probes = probes
    }

    /// The course without faults.
    func course() async throws -> Course {
        let stage = try Stage()
        var course = Course()
        for (index, step) in steps.enumerated() {
            Progress.shared.begin(step)
            faulty_arm(FAULTY_OPEN, 0, 0, 0, 0)
            stage.begin(step.action)
            course.results.append(try await stage.perform(step.action))
            course.calls.append(
                (0..<FAULTY_CALL_COUNT.rawValue).map { faulty_calls(faulty_call(rawValue: $0)) })
            course.ends.append(try stage.state())
            if probes.contains(index) { course.results[index] += " " + (try await stage.perform(.probe)) }
            course.states.append(probes.contains(index) ? try stage.state() : course.ends[index])
        }
        try await conclude(stage, at: steps.count - 1)
        return course
    }

    /// Runs the steps with their faults; throws the problem that they reveal.
    mutating func compare(with course: Course) async throws {
        let stage = try Stage()
        for (index, step) in steps.enumerated() {
            Progress.shared.begin(step)
            stage.begin(step.action)
            let attempt = Attempt(step, at: index, on: stage, course)
            var result = try await attempt.run()
            failures += attempt.failures
            if probes.contains(index) {
                do { result += " " + (try await stage.perform(.probe)) } catch {
                    throw Finding(
                        index: index, step: step,
                        what: "nothing fails any more, and a message is refused: \(error)")
                }
            }
            guard step.fault != nil || index == steps.count - 1 else { continue }
            if !attempt.isAnotherResult, result != course.results[index] {
                throw Finding(
                    index: index, step: step,
                    what: "came to \(result)\n      rather than \(course.results[index])")
            }
            let state = try stage.state()
            if state != course.states[index] {
                throw Finding(
                    index: index, step: step,
                    what: "afterwards the file says:\n\(state.difference(from: course.states[index]))")
            }
        }
        try await conclude(stage, at: steps.count - 1)
    }

    /// Checks that the file is sound, also after it is closed and reopened, and that a power cut before or after closing loses nothing.
    private func conclude(_ stage: Stage, at index: Int) async throws {
        func fail(_ what: String) -> Finding { Finding(index: index, step: steps[index], what: what) }
        let state = try stage.state()
        if let loss = try stage.lostByPowerCut(of: state) { throw fail("the disk does not have what was acknowledged:\n\(loss)") }
        do { try stage.close() } catch { throw fail("it cannot be closed: \(error)") }
        let closed = try stage.state()
        guard closed == state else { throw fail("once closed the file says:\n\(closed.difference(from: state))") }
        guard try stage.areTimesWritten() else { throw fail("once closed it lacks times of sessions") }
        if let loss = try stage.lostByPowerCut(of: state) { throw fail("once closed, the disk does not have all of it:\n\(loss)") }
        let problems = try await JournalReader.check(path: stage.path).problems
        guard problems.isEmpty else { throw fail("journal check: \(problems)") }
    }
}

/// One step with its fault.
final class Attempt {
    private let step: Step
    private let index: Int
    private let stage: Stage
    private let course: Course
    private(set) var failures = 0
    /// Whether a refused step was stored completely, so that a second attempt finds it stored.
    private(set) var isAnotherResult = false

    init(_ step: Step, at index: Int, on stage: Stage, _ course: Course) {
        self.step = step
        self.index = index
        self.stage = stage
        self.course = course
    }

    func run() async throws -> String {
        guard let fault = step.fault else { return try await stage.perform(step.action) }
        let outcome: Result<String, any Error>
        switch fault.kind {
        case .holder: outcome = try await held("BEGIN IMMEDIATE", fault)
        case .reader: outcome = try await held("BEGIN; SELECT count(*) FROM sqlite_schema", fault)
        case .power: outcome = try await withPowerCut(fault)
        default: outcome = await failing(fault)
        }
        return try await settled(outcome)
    }

    private func failing(_ fault: Fault) async -> Result<String, any Error> {
        guard let call = fault.kind.call else { return .success("") }
        let (code, isPartial) = fault.kind.failure
        faulty_arm(call, code, isPartial ? 1 : 0, Int64(fault.n), fault.isLasting ? 1 : 0)
        let outcome = await tried(fault)
        failures = Int(faulty_failures())
        faulty_disarm()
        return outcome
    }

    /// Runs the step while another connection holds a lock.
    private func held(_ sql: String, _ fault: Fault) async throws -> Result<String, any Error> {
        guard FileManager.default.fileExists(atPath: stage.path) else { return await tried(fault) }
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: stage.path, configuration: configuration)
        try other.inDatabase { try $0.execute(sql: sql) }
        let outcome = await tried(fault)
        try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
        try other.close()
        failures = 1
        return outcome
    }

    /// Runs the step, twice if the fault is lasting.
    private func tried(_ fault: Fault) async -> Result<String, any Error> {
        let outcome = await once()
        guard fault.isLasting, case .failure = outcome else { return outcome }
        // The first attempt may have stored a part of it.
        isAnotherResult = step.action.isSeveral
        return await once()
    }

    private func once() async -> Result<String, any Error> {
        do { return .success(try await stage.perform(step.action)) } catch { return .failure(error) }
    }

    /// Checks what a refused step has left, and returns the result of a second attempt.
    private func settled(_ outcome: Result<String, any Error>) async throws -> String {
        if case .success(let result) = outcome {
            guard step.action.isForgotten, try stage.state() == course.state(before: index) else {
                return result
            }
        }
        if case .failure(let error) = outcome {
            guard error is JournalError || error is Stage.Refused else {
                throw finding("failed by \(type(of: error)): \(error)")
            }
            let state = index == 0 ? nil : try stage.state()
            if let state, state == course.ends[index], state != course.state(before: index) {
                isAnotherResult = true
                return ""
            }
            if let state, let before = course.state(before: index), state != before,
                !step.action.isSeveral
            {
                throw finding("was refused (\(error)) and left:\n\(state.difference(from: before))")
            }
        }
        isAnotherResult = step.action.isSeveral
        do { return try await stage.perform(step.action) } catch {
            throw finding("nothing fails any more, and it is refused: \(error)")
        }
    }

    private func finding(_ what: String) -> Finding { Finding(index: index, step: step, what: what) }
}

// Power cuts.
extension Attempt {
    private func withPowerCut(_ fault: Fault) async throws -> Result<String, any Error> {
        let folder = try TemporaryFolder()
        faulty_cut(Int64(fault.n), folder.path, fault.isLasting ? UInt64(fault.n) + 2 : 0)
        let outcome = await once()
        failures = Int(faulty_end_cut())
        guard failures > 0 else { return outcome }
        guard case .success = outcome else { throw finding("failed, though nothing did: \(outcome)") }
        let stage = Stage(cut: folder, of: stage)
        let opened: State
        do {
            _ = try stage.open()
            opened = try stage.state()
            try stage.close()
        } catch {
            throw finding("after a power cut it cannot be opened: \(error)")
        }
        let state = try stage.state()
        guard opened == state else { throw finding("once closed after a power cut the file says:\n\(state.difference(from: opened))") }
        let allowed = [course.state(before: index), course.ends[index]]
        guard step.action.isSeveral || index == 0 || allowed.contains(state) else {
            throw finding(
                "after a power cut the file says:\n\(state.difference(from: allowed[0] ?? course.ends[index]))"
            )
        }
        let problems = try await JournalReader.check(path: stage.path).problems
        guard problems.isEmpty else { throw finding("after a power cut, journal check: \(problems)") }
        return outcome
    }
}

/// The current step, so that a hanging one can be reported.
final class Progress: @unchecked Sendable {
    static let shared = Progress()
    private let lock = NSLock()
    private var step: Step?
    private var beganAt = ContinuousClock.now

    func begin(_ step: Step) {
        lock.withLock {
            self.step = step
            beganAt = .now
        }
    }

    /// Ends the program if a step takes longer than a minute, since it then hangs.
    func watch() {
        let thread = Thread {
            while true {
                Thread.sleep(forTimeInterval: 1)
                let (step, beganAt) = self.lock.withLock { (self.step, self.beganAt) }
                guard let step, ContinuousClock.now - beganAt > .seconds(60) else { continue }
                FileHandle.standardError.write(Data("It hangs at: \(step)\n".utf8))
                exit(1)
            }
        }
        thread.start()
    }
}
