import FaultyVFS
import Foundation
import SwitchboardTesting

/// Goes through the scripted life again and again; in each pass the n-th call of a kind fails in every third of the steps.
struct FaultLoops {
    private(set) var findings: [String] = []
    private(set) var summary = Summary()
    private let steps: [Step]
    private let isWhole: Bool
    private let share: Share
    private var passes = 0
    private var random = SeededGenerator("fault loops")
    private var courses: [Int: Course] = [:]

    /// Between two steps with faults there are so many without, in which memory has to be right.
    private static let stride = 3

    /// `whole` is for every n, otherwise for a few of them.
    init(whole: Bool, share: Share) throws {
        isWhole = whole
        self.share = share
        steps = try History.parse(History.life)
    }

    /// One fault after the other.
    mutating func run(_ kinds: [Fault.Kind]) async throws {
        for kind in kinds {
            var line = Summary.Line(kind: kind.rawValue)
            for residue in 0..<Self.stride {
                let course = try await course(residue)
                let counts = steps.indices.map { $0 % Self.stride == residue ? calls(kind, course, $0) : 0 }
                line.calls += counts.reduce(0, +)
                for n in numbers(upTo: counts.max() ?? 0, kind) {
                    for isLasting in [false, true] {
                        try await pass(kind, n, isLasting, counts, course, &line)
                    }
                }
            }
            summary.lines.append(line)
        }
    }

    private mutating func course(_ residue: Int) async throws -> Course {
        if let course = courses[residue] { return course }
        let run = Run(steps, probes: probes(residue))
        let course = try await run.course()
        guard try await run.course() == course else {
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

    /// Which calls of a step fail, one a pass.
    private mutating func numbers(upTo count: Int, _ kind: Fault.Kind) -> [Int] {
        guard count > 0 else { return [] }
        guard isWhole else {
            return Array(
                Set(
                    (0..<2).map { _ in Int(sqrt(Double(Int.random(in: 1...count * count, using: &random)))) })
            )
        }
        // SQLite allocates thousands of times a step: every one at the beginning, then one of a few.
        guard kind == .memory else { return Array(1...count) }
        return (1...count).filter { $0 <= 60 || Int.random(in: 0..<$0, using: &random) < 60 }
    }

    private mutating func pass(
        _ kind: Fault.Kind, _ n: Int, _ isLasting: Bool, _ counts: [Int], _ course: Course,
        _ line: inout Summary.Line
    ) async throws {
        passes += 1
        guard share.includes(passes) else { return }
        let faulty = steps.enumerated().map { index, step in
            counts[index] >= n ? Step(step.action, Fault(kind: kind, n: n, isLasting: isLasting)) : step
        }
        let residue = counts.firstIndex { $0 >= n }.map { $0 % Self.stride } ?? 0
        var run = Run(faulty, probes: probes(residue))
        do { try await run.compare(with: course) } catch {
            line.findings += 1
            findings.append("\(kind.rawValue) \(n) \(isLasting ? "lasting" : "once"): \(error)")
        }
        line.failed += run.failures
    }
}
