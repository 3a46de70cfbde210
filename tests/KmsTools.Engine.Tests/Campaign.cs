namespace KmsTools;

/// <summary>How long campaigns are: tests that try something again and again. <c>./build.sh test --full</c> makes the long ones.</summary>
internal static class Campaign
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("KMSTOOLS_TEST_FULL") == "1";

    public static int Length(int usual, int full) => IsFull ? full : usual;
}
