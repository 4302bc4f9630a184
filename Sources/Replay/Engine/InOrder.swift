/// Does `work` on up to `width` elements at a time and hands the results on one after the other, in the elements' order.
///
/// `consume` runs while the next elements are worked on; an error of it, or of `next`, waits for what was begun and ends the rest.
func inOrder<Input: Sendable, Output: Sendable>(
    width: Int, next: () async throws -> Input?, work: @escaping @Sendable (Input) async -> Output,
    consume: (Output) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: (number: Int, output: Output).self) { group in
        var finished: [Int: Output] = [:]
        var begun = 0
        var consumed = 0
        func fill() async throws {
            while begun - consumed < width, let input = try await next() {
                let number = begun
                group.addTask { (number, await work(input)) }
                begun += 1
            }
        }
        try await fill()
        while consumed < begun {
            while finished[consumed] == nil, let result = try await group.next() { finished[result.number] = result.output }
            guard let output = finished.removeValue(forKey: consumed) else { return }
            consumed += 1
            try await fill()
            try await consume(output)
        }
    }
}
