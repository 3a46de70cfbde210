using System.Collections;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.TokenFolders;

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
    /// <param name="softHsm">The configuration of SoftHSM for the module, or null for that of the environment.</param>
    /// <returns>A digest of the variables that a module may read.</returns>
    public static string Synchronize(string? softHsm = null)
    {
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        lock (Writing)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().OrderBy(
                static variable => (string)variable.Key, StringComparer.Ordinal))
            {
                (string name, string value) = ((string)variable.Key, (string)variable.Value!);
                if (!Array.Exists(OfOthers, prefix => name.StartsWith(prefix, StringComparison.Ordinal))
                    && (softHsm is null || name != SoftHsmConfiguration.Variable))
                {
                    digest.AppendData(Encoding.UTF8.GetBytes($"{name}={value}\0"));
                }

                Set(name, value);
            }

            digest.AppendData(Encoding.UTF8.GetBytes(softHsm ?? ""));
            SetSoftHsm(Environment.GetEnvironmentVariable(SoftHsmConfiguration.Variable));
        }

        return Convert.ToHexString(digest.GetHashAndReset());
    }

    /// <summary>
    /// Runs what calls C_Initialize, with another configuration of SoftHSM than that of the environment. Others wait, which is not for
    /// long: the tokens of SoftHSM are files.
    /// </summary>
    /// <param name="softHsm">The configuration, or null for that of the environment.</param>
    /// <param name="initialize">Calls C_Initialize.</param>
    public static ReturnValue Run(string? softHsm, Func<ReturnValue> initialize)
    {
        if (softHsm is null)
        {
            return initialize();
        }

        lock (Writing)
        {
            SetSoftHsm(softHsm);
            try
            {
                return initialize();
            }
            finally
            {
                SetSoftHsm(Environment.GetEnvironmentVariable(SoftHsmConfiguration.Variable));
            }
        }
    }

    private static void Set(string name, string value)
    {
        if (!OperatingSystem.IsWindows() && Marshal.PtrToStringUTF8(GetVariable(name)) != value)
        {
            _ = SetVariable(name, value, 1);
        }
    }

    private static void SetSoftHsm(string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Set(SoftHsmConfiguration.Variable, value);
        }
        else if (!OperatingSystem.IsWindows())
        {
            // A former value would lead to the tokens of a store that is closed.
            _ = UnsetVariable(SoftHsmConfiguration.Variable);
        }
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetVariable(string name);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnsetVariable(string name);
}
