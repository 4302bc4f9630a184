import AdapterConformance
import FaultyVFS
import Foundation
import SwitchboardTesting

/// Runs the scripted life repeatedly; in each pass the n-th call of a kind fails in every third step.
struct FaultLoops {
    private(set) var findings: [String] = []
    private(set) var summary = Summary()
    private let steps: [Step]
    private let seconds: Int?
    private let share: Share
    private var random = SeededGenerator("fault loops")
    private var courses: [Int: Course] = [:]

    /// The distance between two steps with faults; the steps between them check the state in memory.
    private static let stride = 3

    /// One run of the life: the failing call, and the third of the steps in which it fails.
    private struct Pass {
        let kind: Fault.Kind
        let n: Int
        let isLasting: Bool
        let residue: Int
    }

    /// With `seconds`, runs as many passes as fit into the time, in a random order; nil runs all.
    init(seconds: Int?, share: Share) throws {
        self.seconds = seconds
        self.share = share
        steps = try History.parse(History.life)
    }

    /// Runs all kinds, one fault after the other.
    mutating func run(_ kinds: [Fault.Kind]) async throws {
        var passes: [Pass] = []
        // A sample covers only one third, since each third must first be run without faults.
        let residues = seconds == nil ? Array(0..<Self.stride) : [Int.random(in: 0..<Self.stride, using: &random)]
        for kind in kinds {
            var line = Summary.Line(kind: kind.rawValue)
            for residue in residues {
                let counts = try await counts(kind, residue)
                line.calls += counts.reduce(0, +)
                for n in numbers(upTo: counts.max() ?? 0, kind) {
                    passes += [false, true].map { Pass(kind: kind, n: n, isLasting: $0, residue: residue) }
                }
            }
            summary.lines.append(line)
        }
        guard let seconds else {
            for (number, pass) in passes.enumerated() where share.includes(number) { try await run(pass) }
            return
        }
        let deadline = ContinuousClock.now + .seconds(seconds)
        for pass in passes.shuffled(using: &random) where ContinuousClock.now < deadline { try await run(pass) }
    }

    /// The number of calls of a kind in each step of a third.
    private mutating func counts(_ kind: Fault.Kind, _ residue: Int) async throws -> [Int] {
        let course = try await course(residue)
        return steps.indices.map { $0 % Self.stride == residue ? calls(kind, course, $0) : 0 }
    }

    private mutating func course(_ residue: Int) async throws -> Course {
        if let course = courses[residue] { return course }
        let run = Run(steps, probes: probes(residue))
        let course = try await run.course()
        // One comparison suffices, since the thirds differ only in their probes.
        if seconds == nil, courses.isEmpty, try await run.course() != course {
            throw Failure("the scripted life does not do the same twice")
        }
        courses[residue] = course
        return course
    }

    private func probes(_ residue: Int) -> Set<Int> {
        Set(steps.indices.filter { $0 % Self.stride == residue })
    }

    private func calls(_ kind: Fault.Kind, _ course: Course, _ index: Int) -> Int {
        switch kind {
        case .holder, .reader: 1
        case .power:
            [Fault.Kind.write, .sync, .truncate, .delete].map { calls($0, course, index) }.reduce(0, +)
        default: kind.call.map { Int(course.calls[index][Int($0.rawValue)]) } ?? 0
        }
    }

    /// The indexes of the calls that fail, one per pass.
    private mutating func numbers(upTo count: Int, _ kind: Fault.Kind) -> [Int] {
        guard count > 0 else { return [] }
        // SQLite allocates memory thousands of times per step: each of the first 30 allocations fails, and then a random selection.
        guard kind == .memory else { return Array(1...count) }
        return (1...count).filter { $0 <= 30 || Int.random(in: 0..<$0, using: &random) < 30 }
    }

    private mutating func run(_ pass: Pass) async throws {
        let course = try await course(pass.residue)
        let counts = try await counts(pass.kind, pass.residue)
        guard let last = counts.lastIndex(where: { $0 >= pass.n }) else { return }
        // The steps after the last fault show what it left in memory.
        let faulty = steps.prefix(last + 7).enumerated().map { index, step in
            counts[index] >= pass.n ? Step(step.action, Fault(kind: pass.kind, n: pass.n, isLasting: pass.isLasting)) : step
        }
        var run = Run(faulty, probes: probes(pass.residue))
        let line = summary.lines.firstIndex { $0.kind == pass.kind.rawValue } ?? 0
        do { try await run.compare(with: course) } catch {
            summary.lines[line].findings += 1
            findings.append("\(pass.kind.rawValue) \(pass.n) \(pass.isLasting ? "lasting" : "once"): \(error)")
        }
        summary.lines[line].failed += run.failures
    }
}
