using System.Runtime.InteropServices;

namespace KmsTools.Programs;

/// <summary>What the C library allocates for this process: buffers of SQLite, OpenSSL and PKCS#11 libraries, and the runtime itself.</summary>
internal static class NativeHeap
{
    // M_ARENA_MAX of malloc.h.
    private const int MaxArenas = -8;
    private const string Variable = "MALLOC_ARENA_MAX";

    /// <summary>
    /// With glibc: lets all threads share two arenas. By default it makes up to eight for each processor, and what is freed in one is not
    /// used by the others: more than 10 MB stay unused. Little is allocated for each call, so that threads do not wait for each other. Does
    /// nothing with other C libraries, or where the environment variable MALLOC_ARENA_MAX decides.
    /// </summary>
    public static void KeepSmall()
    {
        if (OperatingSystem.IsLinux()
            && Environment.GetEnvironmentVariable(Variable) is null
            && NativeLibrary.TryLoad("libc.so.6", out nint glibc)
            && NativeLibrary.TryGetExport(glibc, "mallopt", out nint function))
        {
            Set(function, MaxArenas, 2);
        }
    }

    private static unsafe void Set(nint function, int option, int value) =>
        ((delegate* unmanaged[Cdecl]<int, int, int>)function)(option, value);
}
