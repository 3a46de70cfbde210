using System.Globalization;

namespace KmsTools;

/// <summary>How long campaigns are: tests that try something again and again. <c>./build.sh test --full</c> makes the long ones.</summary>
internal static class Campaign
{
    private const string SeedVariable = "KMSTOOLS_FAULT_SEED";

    // 1 makes full campaigns, a number below it that part of them.
    private static readonly double Share = double.TryParse(
        Environment.GetEnvironmentVariable("KMSTOOLS_TEST_FULL"), CultureInfo.InvariantCulture, out double share) ? share : 0;

    /// <summary>
    /// The seed of a campaign whose cases are random: the same one in every usual run, so that what fails there is the fault of a
    /// change and not of chance; full campaigns draw one. Campaigns print it, and KMSTOOLS_FAULT_SEED repeats it.
    /// </summary>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), CultureInfo.InvariantCulture, out int seed) ? seed
        : Share > 0 ? Random.Shared.Next(1_000_000)
        : 20_261_128;

    public static int Length(int usual, int full) => Share > 0 ? Math.Max(usual, (int)(full * Share)) : usual;

    /// <summary>How to repeat what a seed has found.</summary>
    public static string Repeat(int seed) => $"{SeedVariable}={seed}";
}
