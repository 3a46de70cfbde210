namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>The PKCS#11 modules of the distribution.</summary>
internal static class Module
{
    /// <summary>The file of a module of the distribution. Skips the test where it is not installed.</summary>
    public static string Find(string name)
    {
        string[] folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"];
        string? path = folders.SelectMany(folder => new[] { $"{folder}/{name}", $"{folder}/pkcs11/{name}" }).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{name} is not installed.");
        return path!;
    }
}
