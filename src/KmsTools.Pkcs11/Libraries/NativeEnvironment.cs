using System.Collections;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// The environment that native libraries see. Outside Windows .NET keeps variables to itself, so <c>$env:SOFTHSM2_CONF = ...</c> in a
/// session would not reach the library that reads it at C_Initialize.
/// </summary>
internal static partial class NativeEnvironment
{
    // No module reads these, and they change from call to call: a changed environment makes a module be initialized again.
    private static readonly string[] OfOthers = ["AWS_", "KMSTOOLS_", "PS", "DOTNET_", "PWD", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "_"];

    private static readonly Lock Writing = new();

    /// <summary>Passes on every variable that differs. Called before C_Initialize only.</summary>
    /// <returns>A digest of the variables that a module may read.</returns>
    public static string Synchronize()
    {
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        lock (Writing)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().OrderBy(
                static variable => (string)variable.Key, StringComparer.Ordinal))
            {
                (string name, string value) = ((string)variable.Key, (string)variable.Value!);
                if (!Array.Exists(OfOthers, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                {
                    digest.AppendData(Encoding.UTF8.GetBytes($"{name}={value}\0"));
                }

                if (!OperatingSystem.IsWindows() && Marshal.PtrToStringUTF8(GetVariable(name)) != value)
                {
                    _ = SetVariable(name, value, 1);
                }
            }
        }

        return Convert.ToHexString(digest.GetHashAndReset());
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetVariable(string name);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
