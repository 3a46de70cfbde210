using System.Collections;
using System.Runtime.InteropServices;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// The environment that native libraries see. Outside Windows .NET keeps variables to itself, so <c>$env:SOFTHSM2_CONF = ...</c> in a
/// session would not reach the library that reads it at C_Initialize.
/// </summary>
internal static partial class NativeEnvironment
{
    private static readonly Lock Writing = new();

    /// <summary>Passes on every variable that differs. Called before C_Initialize only.</summary>
    public static void Synchronize()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        lock (Writing)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                (string name, string value) = ((string)variable.Key, (string)variable.Value!);
                if (Marshal.PtrToStringUTF8(GetVariable(name)) != value)
                {
                    _ = SetVariable(name, value, 1);
                }
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetVariable(string name);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
