using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using KmsTools.Benchmarks.Measuring;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>The loop of PKCS#11 calls in C, built here, in this process or in one of its own.</summary>
internal abstract class Pkcs11Loop : IDisposable
{
    /// <summary>Encrypts or decrypts again and again.</summary>
    /// <returns>Microseconds per call.</returns>
    public double Cost(bool isDecryption, int calls, int plaintextLength, int additionalDataLength) =>
        Microseconds(Run(isDecryption, calls, plaintextLength, additionalDataLength));

    /// <param name="folder">Where what is built goes.</param>
    /// <param name="library">A copy of the library that nobody else in this process uses.</param>
    /// <param name="token">The label of the token.</param>
    /// <param name="pin">The PIN of its user.</param>
    /// <param name="id">CKA_ID of the key.</param>
    public static Pkcs11Loop InThisProcess(string folder, string library, string token, string pin, byte[] id) =>
        new Library(Build(folder, "pkcs11-loop.so", "-shared", "-fPIC"), library, token, pin, id);

    /// <inheritdoc cref="InThisProcess"/>
    public static Pkcs11Loop InItsOwn(string folder, string library, string token, string pin, byte[] id) =>
        InItsOwn(folder, pin, id, (library, token));

    /// <summary>The loop for several tokens, with threads.</summary>
    public static Program InItsOwn(string folder, string pin, byte[] id, params (string Library, string Token)[] tokens) =>
        new(Children.Start(
            Build(folder, "pkcs11-loop"),
            [pin, Convert.ToHexStringLower(id), .. tokens.SelectMany(static each => new[] { each.Library, each.Token })]));

    public abstract void Dispose();

    private static double Microseconds(double nanoseconds) =>
        nanoseconds >= 0 ? nanoseconds / 1000 : throw new InvalidOperationException("A PKCS#11 call of the C loop failed.");

    protected abstract double Run(bool isDecryption, int calls, int plaintextLength, int additionalDataLength);

    private static string Build(string folder, string name, params string[] options)
    {
        string output = Path.Combine(folder, name);
        string source = Path.Combine(AppContext.BaseDirectory, "Native", "pkcs11-loop.c");
        Children.Run("cc", [.. options, "-O2", "-o", output, source, "-ldl", "-lpthread"]);
        return output;
    }

    private sealed unsafe class Library : Pkcs11Loop
    {
        private readonly delegate* unmanaged[Cdecl]<int, nint, nuint, nuint, double> _run;

        public Library(string loop, string library, string token, string pin, byte[] id)
        {
            nint handle = NativeLibrary.Load(loop);
            delegate* unmanaged[Cdecl]<nint, nint, nint, byte*, nuint, nuint> open
                = (delegate* unmanaged[Cdecl]<nint, nint, nint, byte*, nuint, nuint>)NativeLibrary.GetExport(handle, "pkcs11_loop_open");
            _run = (delegate* unmanaged[Cdecl]<int, nint, nuint, nuint, double>)NativeLibrary.GetExport(handle, "pkcs11_loop_run");
            nint[] texts = [.. new[] { library, token, pin }.Select(Marshal.StringToCoTaskMemUTF8)];
            fixed (byte* bytes = id)
            {
                nuint result = open(texts[0], texts[1], texts[2], bytes, (nuint)id.Length);
                Array.ForEach(texts, Marshal.FreeCoTaskMem);
                if (result != 0)
                {
                    throw new InvalidOperationException($"The C loop could not use the token: 0x{result:X}.");
                }
            }
        }

        // Unloading a PKCS#11 module that was used is not safe.
        public override void Dispose()
        {
        }

        protected override double Run(bool isDecryption, int calls, int plaintextLength, int additionalDataLength) =>
            _run(isDecryption ? 1 : 0, calls, (nuint)plaintextLength, (nuint)additionalDataLength);
    }

    /// <summary>The loop in a process of its own.</summary>
    internal sealed class Program(Process process) : Pkcs11Loop
    {
        /// <summary>Lets threads encrypt 32 bytes again and again, each in a session of its own.</summary>
        /// <param name="threads">How many threads.</param>
        /// <param name="tokens">The number of tokens that they share.</param>
        /// <param name="duration">How long.</param>
        /// <returns>Microseconds per call of all threads together.</returns>
        public double Cost(int threads, int tokens, TimeSpan duration) =>
            Microseconds(Ask($"t {threads} {tokens} {duration.TotalMilliseconds}"));

        public override void Dispose()
        {
            Children.Finish(process);
            process.Dispose();
        }

        protected override double Run(bool isDecryption, int calls, int plaintextLength, int additionalDataLength) =>
            Ask($"{(isDecryption ? 'd' : 'e')} {calls} {plaintextLength} {additionalDataLength}");

        private double Ask(string line)
        {
            process.StandardInput.WriteLine(line);
            process.StandardInput.Flush();
            return double.Parse(Children.ReadLine(process), CultureInfo.InvariantCulture);
        }
    }
}
