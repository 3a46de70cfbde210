using System.Text;
using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools;

/// <summary>Estates that were changed: each is read, or refused as an estate that is wrong.</summary>
public sealed class MutatedEstatesTests(ITestOutputHelper output)
{
    private static readonly int s_count = Campaign.Length(usual: 600, full: 50_000);

    [Fact]
    public void Estate_Changed_IsReadOrRefusedWithAPosition()
    {
        Random random = new(Campaign.Seed);
        string[] samples =
        [
            YamlEstateFormatTests.Everything,
            .. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Estates"), "*.yaml").Order().Select(File.ReadAllText),
        ];
        int read = 0;
        for (int i = 0; i < s_count; i++)
        {
            byte[] changed = Mutation.Of(Encoding.UTF8.GetBytes(samples[i % samples.Length]), random);
            try
            {
                using Estate estate = new YamlEstateFormat().Read(new MemoryStream(changed));
                read++;
            }
            catch (EstateException exception)
            {
                Assert.NotEmpty(exception.Errors);
                Assert.All(exception.Errors, static error => Assert.True(error.Position.Line > 0 && error.Message.Length > 0));
            }
            catch (Exception exception)
            {
                Assert.Fail($"{Campaign.Repeat(Campaign.Seed)}, number {i}: {exception}\n{Encoding.UTF8.GetString(changed)}");
            }
        }

        output.WriteLine($"{s_count} changed estates, {read} of them read, {Campaign.Repeat(Campaign.Seed)}");
    }
}
