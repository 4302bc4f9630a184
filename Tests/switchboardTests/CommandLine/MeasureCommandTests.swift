import Testing

@Suite("switchboard measure")
struct MeasureCommandTests {
    @Test("A single step is run, as often as requested", arguments: [("read", "read: 100\n"), ("store", "stored: 101\n")])
    func step(_ step: String, _ output: String) async throws {
        try await GatewayFolder.with(settings: "{}") { folder in
            let outcome = try await BuiltProgram.run(
                ["measure", "--folder", "measured", "--step", step, "--repetitions", "100"], in: folder.path)
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            #expect(outcome.output == output)
        }
    }

    @Test(
        "More than the prepared deliveries, or two measurements at once, are refused",
        arguments: [["--step", "store", "--repetitions", "4481"], ["--step", "read", "--repetitions", "1", "--contacts", "1"]])
    func refused(_ options: [String]) async throws {
        let outcome = try await BuiltProgram.run(["measure", "--folder", "never-made"] + options)
        #expect(outcome.exitCode == 64 && outcome.errors.contains("--step"), "\(outcome.errors)")
    }
}
