using KmsTools.Endpoint;

namespace KmsTools.Http;

public sealed class CertificateSourceTests(TestCertificates certificates) : IClassFixture<TestCertificates>
{
    [Fact]
    public void Current_FileRenewed_IsReadAgainAfterTenSeconds()
    {
        FixedClock clock = new(DateTimeOffset.UnixEpoch);
        List<string> warnings = [];
        string file = Put("served.pem", "whole.pem");
        CertificateSource source = new(file, null, null, clock, warnings.Add);
        string first = source.Current.TargetCertificate.Thumbprint;

        Put("served.pem", "renewed.pem");
        clock.Now += TimeSpan.FromSeconds(9.9);
        Assert.Equal(first, source.Current.TargetCertificate.Thumbprint);
        clock.Now += TimeSpan.FromSeconds(0.1);
        string second = source.Current.TargetCertificate.Thumbprint;
        Assert.NotEqual(first, second);

        // One that cannot be used is reported once, and the former one stays.
        Put("served.pem", "expired.pem");
        for (int i = 0; i < 3; i++)
        {
            clock.Now += TimeSpan.FromSeconds(10);
            Assert.Equal(second, source.Current.TargetCertificate.Thumbprint);
        }

        Assert.StartsWith(
            $"The former certificate stays in use. The certificate in '{file}' expired on ", Assert.Single(warnings), StringComparison.Ordinal);

        File.Delete(file);
        clock.Now += TimeSpan.FromSeconds(10);
        Assert.Equal((second, 2), (source.Current.TargetCertificate.Thumbprint, warnings.Count));

        Put("served.pem", "whole.pem");
        clock.Now += TimeSpan.FromSeconds(10);
        Assert.Equal((first, 2), (source.Current.TargetCertificate.Thumbprint, warnings.Count));
    }

    private string Put(string name, string content)
    {
        string file = certificates.Path(name);
        File.Copy(certificates.Path(content), file, overwrite: true);
        return file;
    }
}
