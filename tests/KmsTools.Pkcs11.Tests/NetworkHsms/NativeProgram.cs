using System.Diagnostics;
using System.Security.Cryptography;

namespace KmsTools.NetworkHsms;

/// <summary>A test module or program in C, compiled when a test first needs it and kept under artifacts until its sources change.</summary>
public sealed class NativeProgram
{
    /// <summary>The client of the network HSM: a PKCS#11 module.</summary>
    public static readonly NativeProgram NetworkHsmClient = new("network-hsm-client.so", "network-hsm-client.c", "wire.c");

    /// <summary>The network HSM itself.</summary>
    public static readonly NativeProgram NetworkHsmServer = new("network-hsm-server", "network-hsm-server.c", "wire.c");

    /// <summary>A PKCS#11 module that passes calls to another one and fails on demand.</summary>
    public static readonly NativeProgram FaultyModule = new("faulty-module.so", "faulty-module.c");

    /// <summary>A PKCS#11 module whose state is in another library, which its copies share.</summary>
    public static readonly NativeProgram FrontModule = new("front-module.so", "front-module.c");

    /// <summary>A library that holds or fails the syncs of state.db-wal in a process that preloads it.</summary>
    public static readonly NativeProgram SyncGate = new("sync-gate.so", "sync-gate.c");

    /// <summary>A library that makes calls on the files of a folder go wrong in a process that preloads it.</summary>
    public static readonly NativeProgram DiskFaults = new("disk-faults.so", "disk-faults.c");

    private static readonly string[] Headers = ["cryptoki.h", "wire.h"];

    private readonly string _name;
    private readonly string[] _sources;
    private readonly Lazy<string?> _path;

    private NativeProgram(string name, params string[] sources)
    {
        _name = name;
        _sources = sources;
        _path = new(Build);
    }

    /// <summary>The compiled file. Skips the test where there is no C compiler.</summary>
    public string Path
    {
        get
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "The test modules in C are for Linux.");
            Assert.SkipWhen(_path.Value is null, "There is no C compiler (cc) to build the test modules with.");
            return _path.Value!;
        }
    }

    private static string Source(string file) => System.IO.Path.Combine(AppContext.BaseDirectory, "Native", file);

    private static string Artifacts()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "KmsTools.sln")))
        {
            folder = folder.Parent;
        }

        return System.IO.Path.Combine(folder?.FullName ?? System.IO.Path.GetTempPath(), "artifacts", "native");
    }

    private string? Build()
    {
        byte[] sources = [.. Headers.Concat(_sources).SelectMany(static file => File.ReadAllBytes(Source(file)))];
        string folder = System.IO.Path.Combine(Artifacts(), Convert.ToHexStringLower(SHA256.HashData(sources))[..16]);
        string made = System.IO.Path.Combine(folder, _name);
        if (!File.Exists(made))
        {
            Directory.CreateDirectory(folder);
            string next = $"{made}.{Environment.ProcessId}";
            if (!Compile(next))
            {
                return null;
            }

            File.Move(next, made, overwrite: true);
        }

        return made;
    }

    private bool Compile(string output)
    {
        ProcessStartInfo compiler = new("cc")
        {
            RedirectStandardError = true,
            ArgumentList = { "-std=gnu11", "-O2", "-Wall", "-Wextra", "-fPIC", "-fvisibility=hidden", "-o", output },
        };
        if (_name.EndsWith(".so", StringComparison.Ordinal))
        {
            compiler.ArgumentList.Add("-shared");
        }

        foreach (string argument in _sources.Select(Source).Append("-lpthread").Append("-ldl"))
        {
            compiler.ArgumentList.Add(argument);
        }

        try
        {
            using Process process = Process.Start(compiler)!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0 && errors.Length == 0, errors);
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
