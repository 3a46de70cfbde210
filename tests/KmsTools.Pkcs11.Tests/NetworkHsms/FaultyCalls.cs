namespace KmsTools.NetworkHsms;

/// <summary>What <c>faulty-module.c</c> writes beside its file of rules.</summary>
internal static class FaultyCalls
{
    /// <summary>The faults that happened, the IVs that were refused and the logins that were tried.</summary>
    public static string[] Log(string faults) => File.Exists(faults + ".log") ? File.ReadAllLines(faults + ".log") : [];

    /// <summary>How many calls of a function went well, over all processes.</summary>
    /// <param name="faults">The file of rules.</param>
    /// <param name="place">The place of the function in CK_FUNCTION_LIST.</param>
    public static long Count(string faults, int place)
    {
        using FileStream file = new(faults + ".calls", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Span<byte> counter = stackalloc byte[8];
        file.Position = place * 8;
        file.ReadExactly(counter);
        return BitConverter.ToInt64(counter);
    }
}
