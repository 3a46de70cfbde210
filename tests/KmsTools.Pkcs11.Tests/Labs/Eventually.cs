using System.Diagnostics;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>What comes about by itself. How fast is for the benchmarks and the fault campaign; a busy machine may take its time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>An HSM that is lost now does it later.</summary>
    public static void Require(Action action) => Require(() =>
    {
        try
        {
            action();
            return true;
        }
        catch (HsmException exception)
        {
            Assert.Equal(HsmFailure.Unreachable, exception.Failure);
            return false;
        }
    });

    public static void Require(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Limit, $"It does not come about in {Limit}.");
            Thread.Sleep(20);
        }
    }
}
